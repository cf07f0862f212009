/** Whether curves can be learnt from a table, and what they would be made of. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { CurveSpecification } from '../../engine/spec/tasks.ts';
import { checkRows } from '../rows/check-rows.ts';
import type { ValueCount } from '../rows/contract.ts';
import { planCompleteRows } from '../rows/plan-complete-rows.ts';
import { planRows } from '../rows/plan-rows.ts';
import { planSplit, splitCounts } from '../rows/plan-split.ts';
import type { FieldProblem, Planning } from '../tasks/contract.ts';
import { refused } from '../tasks/refused.ts';
import type { CurvePlan } from './contract.ts';

/** Steps that are written, at most. */
const mostSteps = 10_000;

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  { data }: CurveSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const problems = checkRows(data, columns);
  let first: { readonly name: string; readonly length: number } | null = null;
  data.targets.forEach((target, index) => {
    const column = columns.find(({ name }) => name === target.column);
    if (column === undefined) return;
    const problem = problemOf(column);
    if (problem !== null) {
      problems.push({ pointer: `/data/targets/${index}/column`, message: problem });
      return;
    }
    const length = column.length!.max;
    first ??= { name: column.name, length };
    if (length !== first.length)
      problems.push({
        pointer: `/data/targets/${index}/column`,
        message: `expected as many numbers a row as "${first.name}" has (${first.length}), got ${length} in "${column.name}"`,
      });
  });
  return problems;
}

function problemOf({ name, type, missing, length }: ColumnProfile): string | null {
  if (type !== 'vector')
    return `expected a column of vectors (a list of numbers in every row) to be written step by step, got "${name}", which is of type ${type}; one number a row is told by sequence_to_vector`;
  if (missing > 0) return `expected a vector in every row, got ${missing} missing in "${name}"`;
  if (!length || length.min === 0)
    return `expected vectors of at least one number in "${name}", got empty ones`;
  if (length.min !== length.max)
    return `expected vectors of one length, got ${length.min} to ${length.max} numbers in "${name}"`;
  return length.max > mostSteps
    ? `expected vectors of at most ${mostSteps} numbers, got ${length.max} in "${name}"`
    : null;
}

interface Asked {
  readonly specification: CurveSpecification;
  readonly columns: readonly ColumnProfile[];
  readonly rowCount: number;
}

export function planCurves(o: Asked & { splitCounts: readonly ValueCount[] | null }): Planning<CurvePlan> {
  const { data, training } = o.specification;
  const errors = checkSpecification(o.specification, o.columns);
  if (errors.length > 0) return refused(errors);
  const split = planSplit({
    split: data.split,
    seed: training.seed,
    strata: [o.rowCount],
    counts: o.splitCounts,
  });
  const [target] = data.targets;
  return planRows({ data, columns: o.columns, split }, ({ read }) => ({
    task: 'curve',
    ...read,
    outputSize: data.targets.length,
    writtenSteps: o.columns.find(({ name }) => name === target!.column)!.length!.max,
    writes: { type: 'numbers', size: data.targets.length },
  }));
}

export const planTable = (o: Asked & { readonly tablePath: string }): Promise<Planning<CurvePlan>> =>
  planCompleteRows(o, checkSpecification(o.specification, o.columns), async (table, rowCount) =>
    planCurves({ ...o, rowCount, splitCounts: await splitCounts(table, o.specification.data.split) }),
  );
