/** Whether a classification can be trained on a table, and what it would be made of: from the profile and the counts of labels. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { checkRows } from '../rows/check-rows.ts';
import type { ValueCount } from '../rows/contract.ts';
import { planInputs } from '../rows/plan-inputs.ts';
import { planSplit } from '../rows/plan-split.ts';
import { shareOut } from '../rows/split.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import type { ClassificationPlanning } from './contract.ts';
import { orderedLabels } from './labels.ts';

const mostLabels = 1000;
const labelTypes: readonly ColumnProfile['type'][] = ['text', 'integer', 'boolean'];

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  { data }: ClassificationSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const problems = checkRows(data, columns);
  const pointer = '/data/targets/0/column';
  const label = columns.find(({ name }) => name === data.targets[0]!.column);
  if (label === undefined) return problems;
  if (!labelTypes.includes(label.type))
    problems.push({
      pointer,
      message: `expected a column of labels (text, whole numbers, or true and false), got "${label.name}", which is of type ${label.type}`,
    });
  else if (label.missing > 0)
    problems.push({
      pointer,
      message: `expected a label in every row, got ${label.missing} missing in "${label.name}"`,
    });
  return problems;
}

export function planClassification(o: {
  specification: ClassificationSpecification;
  columns: readonly ColumnProfile[];
  /** Of the target column. */
  counts: readonly ValueCount[];
  /** Of the column that decides the split; null where there is none. */
  splitCounts?: readonly ValueCount[] | null;
}): ClassificationPlanning {
  const { specification, columns, counts } = o;
  const { data, output, training } = specification;
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
  const split = planSplit({
    split: data.split,
    seed: training.seed,
    strata: counts.map(({ rows }) => rows),
    counts: o.splitCounts ?? null,
  });
  errors.push(...split.problems);
  if (errors.length > 0) return { errors, warnings: [], plan: null };

  const isStratified = data.split.by === undefined && data.split.column === undefined;
  const rare = isStratified ? counts.filter(({ rows }) => shareOut(rows, data.split).test === 0) : [];
  const { sizes, steps, inputs, warnings } = planInputs(data, columns);
  if (rare.length > 0)
    warnings.push(
      `${rare.length} of ${labels.length} labels have too few rows to be tested, such as ${JSON.stringify(rare[0]!.value)} with ${rare[0]!.rows}`,
    );
  return {
    errors,
    warnings,
    plan: {
      task: 'classification',
      ...sizes,
      outputSize: labels.length,
      windows: split.windows,
      steps,
      inputs,
      labels,
    },
  };
}
