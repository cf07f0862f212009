/** Whether a transduction can be trained on a table, and what it would be made of: from the profile, the inputs' repetitions and the targets' lengths. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { isInput } from '../../engine/spec/inputs.ts';
import type { TransductionSpecification } from '../../engine/spec/tasks.ts';
import { targetIdCount, targetIds } from '../features/target-vocabulary.ts';
import { idCount } from '../features/vocabulary.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { findColumn } from '../tasks/find-column.ts';
import type { TransductionPlan, TransductionPlanning } from './contract.ts';
import { inputsOf } from './inputs-of.ts';
import { partSizes } from './split.ts';

/** Training gets at least this share. */
const smallestTrainingShare = 0.01;
const numberTypes: readonly ColumnProfile['type'][] = ['integer', 'number'];

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  { data }: TransductionSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const refuse = (pointer: string, message: string): void => {
    problems.push({ pointer, message });
  };
  const seen = new Set<string>();
  inputsOf({ data }).forEach((input, index) => {
    const pointer = `/data/inputs/${index}/column`;
    const column = findColumn(columns, input.column, pointer, refuse);
    if (seen.has(input.column)) refuse(pointer, `expected each column once, got "${input.column}" again`);
    seen.add(input.column);
    if (column === null) return;
    if (isInput(input, 'text')) {
      if (column.type !== 'text')
        refuse(
          pointer,
          `expected a column of text with ${input.encoding}, got "${column.name}", which is of type ${column.type}`,
        );
    } else if (!numberTypes.includes(column.type))
      refuse(
        pointer,
        `expected a column of numbers, got "${column.name}", which is of type ${column.type}; a text is read with encoder_decoder`,
      );
    else if (column.missing > 0)
      refuse(pointer, `expected a number in every row, got ${column.missing} missing in "${column.name}"`);
  });
  const [target] = data.targets;
  const pointer = '/data/targets/0/column';
  const written = findColumn(columns, target!.column, pointer, refuse);
  if (written !== null) {
    if (seen.has(written.name))
      refuse(pointer, `expected another column than the input, got "${written.name}" for both`);
    if (written.type !== 'text')
      refuse(
        pointer,
        `expected a column of text with ${target!.encoding}, got "${written.name}", which is of type ${written.type}`,
      );
    else if (written.missing > 0)
      refuse(pointer, `expected a text in every row, got ${written.missing} missing in "${written.name}"`);
  }
  const { validation, test } = data.split;
  if (validation + test > 1 - smallestTrainingShare)
    refuse(
      '/data/split',
      `expected validation + test of at most ${1 - smallestTrainingShare}, so that rows are left for training, got ${validation} + ${test}`,
    );
  return problems;
}

export function planTransduction(o: {
  specification: TransductionSpecification;
  columns: readonly ColumnProfile[];
  /** How many rows each of the different inputs has, in the order in which they first appear. */
  rowsOfInputs: readonly number[];
  /** Targets of more than max_length tokens. */
  tooLong: number;
}): TransductionPlanning {
  const { specification, columns, rowsOfInputs, tooLong } = o;
  const { data, training } = specification;
  const errors = checkSpecification(specification, columns);
  if (errors.length > 0) return { errors, warnings: [], plan: null };
  const refuse = (pointer: string, message: string): void => {
    errors.push({ pointer, message });
  };
  const target = data.targets[0]!;
  const unit = target.encoding;
  const many = `${tooLong} ${tooLong === 1 ? 'row' : 'rows'} of "${target.column}"`;
  if (tooLong > 0 && target.too_long === 'error')
    refuse(
      '/data/targets/0/max_length',
      `expected texts of at most ${target.max_length} ${unit}, got more in ${many}; with too_long truncate they are taken to end there`,
    );
  const windows = partSizes(rowsOfInputs, data.split, training.seed);
  for (const part of ['validation', 'test'] as const) {
    if (windows[part] === 0)
      refuse(
        `/data/split/${part}`,
        `expected a share that gives ${part} at least one input, got ${data.split[part]} of ${rowsOfInputs.length} different inputs`,
      );
  }
  if (errors.length > 0) return { errors, warnings: [], plan: null };
  const warnings =
    tooLong > 0 ? [`${many} have more than ${target.max_length} ${unit}: they are taken to end there`] : [];
  return { errors, warnings, plan: { ...sizesOf(specification), task: 'transduction', windows } };
}

/** Of the largest vocabularies that may be found. */
function sizesOf({ data }: TransductionSpecification): Omit<TransductionPlan, 'task' | 'windows'> {
  const [target] = data.targets;
  const vocabulary = targetIdCount(target!.vocabulary_size);
  const [first] = data.inputs;
  const text = first && isInput(first, 'text') ? first : null;
  return {
    ...(text
      ? {
          inputSize: 1,
          embeddings: [{ vocabulary: idCount(text.vocabulary_size), size: text.embedding_size }],
          padded: true,
          steps: text.max_length,
        }
      : { inputSize: data.inputs.length, steps: 1 }),
    outputSize: vocabulary,
    writtenSteps: target!.max_length + 1,
    writes: {
      type: 'tokens',
      vocabulary,
      embeddingSize: target!.embedding_size,
      pad: targetIds.pad,
      start: targetIds.start,
      end: targetIds.end,
    },
  };
}
