/** Whether a classification can be trained on a table, and what it would be made of: from the profile and the counts of labels. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { idCount } from '../features/vocabulary.ts';
import { findColumn } from '../tasks/find-column.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import type { ClassificationPlanning, LabelCount } from './contract.ts';
import { orderedLabels } from './labels.ts';
import { shareOut } from './split.ts';

/** Training gets at least this share. */
const smallestTrainingShare = 0.01;
const mostLabels = 1000;
const labelTypes: readonly ColumnProfile['type'][] = ['text', 'integer', 'boolean'];

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  { data }: ClassificationSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const refuse = (pointer: string, message: string): void => {
    problems.push({ pointer, message });
  };
  const [input] = data.inputs;
  const [target] = data.targets;
  const text = findColumn(columns, input!.column, '/data/inputs/0/column', refuse);
  if (text !== null && text.type !== 'text')
    refuse(
      '/data/inputs/0/column',
      `expected a column of text with ${input!.encoding}, got "${text.name}", which is of type ${text.type}`,
    );
  const label = findColumn(columns, target!.column, '/data/targets/0/column', refuse);
  if (label !== null) {
    if (label.name === input!.column)
      refuse(
        '/data/targets/0/column',
        `expected another column than the input, got "${label.name}" for both`,
      );
    if (!labelTypes.includes(label.type))
      refuse(
        '/data/targets/0/column',
        `expected a column of labels (text, whole numbers, or true and false), got "${label.name}", which is of type ${label.type}`,
      );
    else if (label.missing > 0)
      refuse(
        '/data/targets/0/column',
        `expected a label in every row, got ${label.missing} missing in "${label.name}"`,
      );
  }
  const { validation, test } = data.split;
  if (validation + test > 1 - smallestTrainingShare)
    refuse(
      '/data/split',
      `expected validation + test of at most ${1 - smallestTrainingShare}, so that rows are left for training, got ${validation} + ${test}`,
    );
  return problems;
}

export function planClassification(o: {
  specification: ClassificationSpecification;
  columns: readonly ColumnProfile[];
  /** Of the target column. */
  counts: readonly LabelCount[];
}): ClassificationPlanning {
  const { specification, columns, counts } = o;
  const { data, output } = specification;
  const errors = checkSpecification(specification, columns);
  if (errors.length > 0) return { errors, warnings: [], plan: null };
  const refuse = (pointer: string, message: string): void => {
    errors.push({ pointer, message });
  };
  const labels = orderedLabels(counts);
  const column = data.targets[0]!.column;
  if (labels.length < 2)
    refuse(
      '/data/targets/0/column',
      `expected at least 2 different labels, got ${labels.length === 0 ? 'none' : `${JSON.stringify(labels[0])} in every row`} of "${column}"`,
    );
  if (labels.length > mostLabels)
    refuse(
      '/data/targets/0/column',
      `expected at most ${mostLabels} different labels, got ${labels.length} in "${column}"`,
    );
  if (typeof output.class_weights === 'object') {
    const known = new Set(labels.map(String));
    for (const label of Object.keys(output.class_weights)) {
      if (!known.has(label))
        refuse(
          '/output/class_weights',
          `expected labels of "${column}" (${[...known].slice(0, 20).join(', ')}), got ${JSON.stringify(label)}`,
        );
    }
  }
  const windows = { training: 0, validation: 0, test: 0 };
  for (const { rows } of counts) {
    const shares = shareOut(rows, data.split);
    windows.training += shares.training;
    windows.validation += shares.validation;
    windows.test += shares.test;
  }
  for (const part of ['validation', 'test'] as const) {
    if (windows[part] === 0)
      refuse(
        `/data/split/${part}`,
        `expected a share that gives ${part} at least one row of some label, got ${data.split[part]} of labels that the most frequent of has ${Math.max(0, ...counts.map(({ rows }) => rows))} rows`,
      );
  }
  if (errors.length > 0) return { errors, warnings: [], plan: null };

  const warnings: string[] = [];
  const rare = counts.filter(({ rows }) => shareOut(rows, data.split).test === 0);
  if (rare.length > 0)
    warnings.push(
      `${rare.length} of ${labels.length} labels have too few rows to be tested, such as ${JSON.stringify(rare[0]!.label)} with ${rare[0]!.rows}`,
    );
  const text = data.inputs[0]!;
  return {
    errors,
    warnings,
    plan: {
      task: 'classification',
      inputSize: 1,
      outputSize: labels.length,
      embeddings: [{ vocabulary: idCount(text.vocabulary_size), size: text.embedding_size }],
      padded: true,
      windows,
      steps: text.max_length,
      labels,
    },
  };
}
