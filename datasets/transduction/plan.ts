/** Whether a transduction can be trained on a table, and what it would be made of: from the profile, the inputs' repetitions and the targets' lengths. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { TransductionSpecification } from '../../engine/spec/tasks.ts';
import { targetIdCount, tokenWriting } from '../features/target-vocabulary.ts';
import { checkRows } from '../rows/check-rows.ts';
import type { ValueCount } from '../rows/contract.ts';
import { planRows } from '../rows/plan-rows.ts';
import { planSplit, splitColumn, type SplitPlan } from '../rows/plan-split.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { refused } from '../tasks/refused.ts';
import type { TransductionPlanning } from './contract.ts';
import { partSizes } from './split.ts';

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  { data }: TransductionSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const problems = checkRows(data, columns);
  const target = data.targets[0]!;
  const pointer = '/data/targets/0/column';
  const written = columns.find(({ name }) => name === target.column);
  if (written === undefined) return problems;
  if (written.type !== 'text')
    problems.push({
      pointer,
      message: `expected a column of text with ${target.encoding}, got "${written.name}", which is of type ${written.type}`,
    });
  else if (written.missing > 0)
    problems.push({
      pointer,
      message: `expected a text in every row, got ${written.missing} missing in "${written.name}"`,
    });
  return problems;
}

interface Asked {
  readonly specification: TransductionSpecification;
  readonly columns: readonly ColumnProfile[];
  /** How many rows each of the different inputs has, in the order in which they first appear; of a split by them. */
  readonly rowsOfInputs: readonly number[];
  /** Of a split by a column. */
  readonly splitCounts: readonly ValueCount[] | null;
  /** Targets of more than max_length tokens. */
  readonly tooLong: number;
}

export function planTransduction(o: Asked): TransductionPlanning {
  const { specification, columns, tooLong } = o;
  const { data } = specification;
  const errors = checkSpecification(specification, columns);
  if (errors.length > 0) return refused(errors);
  const target = data.targets[0]!;
  const unit = target.encoding;
  // of subwords, which are not known yet, there are as many as words at least
  const many = `${unit === 'subwords' ? 'at least ' : ''}${tooLong} ${tooLong === 1 ? 'row' : 'rows'} of "${target.column}"`;
  if (tooLong > 0 && target.too_long === 'error')
    errors.push({
      pointer: '/data/targets/0/max_length',
      message: `expected texts of at most ${target.max_length} ${unit}, got more in ${many}; with too_long truncate they are taken to end there`,
    });
  const split = splitColumn(data.split) === undefined ? splitByInput(o) : splitByColumn(o);
  // of the largest vocabulary that may be found
  const vocabulary = targetIdCount(target.vocabulary_size);
  return planRows({ data, columns, split, errors }, ({ read, warnings }) => {
    if (tooLong > 0)
      warnings.push(`${many} have more than ${target.max_length} ${unit}: they are taken to end there`);
    return {
      task: 'transduction',
      ...read,
      outputSize: vocabulary,
      writtenSteps: target.max_length + 1,
      writes: tokenWriting(vocabulary, target),
    };
  });
}

function splitByInput({ specification: { data, training }, rowsOfInputs }: Asked): SplitPlan {
  const windows = partSizes(rowsOfInputs, data.split, training.seed);
  const problems = (['validation', 'test'] as const)
    .filter((part) => windows[part] === 0)
    .map((part) => ({
      pointer: `/data/split/${part}`,
      message: `expected a share that gives ${part} at least one input, got ${data.split[part]} of ${rowsOfInputs.length} different inputs`,
    }));
  return { windows, problems };
}

const splitByColumn = ({ specification: { data, training }, splitCounts }: Asked): SplitPlan =>
  planSplit({ split: data.split, seed: training.seed, strata: [], counts: splitCounts });
