/** Whether numbers of a row can be learnt from a table, and what that would be made of. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { RegressionSpecification } from '../../engine/spec/tasks.ts';
import { checkFeature } from '../features/table.ts';
import { checkRows } from '../rows/check-rows.ts';
import type { ValueCount } from '../rows/contract.ts';
import { planCompleteRows } from '../rows/plan-complete-rows.ts';
import { planRows } from '../rows/plan-rows.ts';
import { planSplit, splitCounts } from '../rows/plan-split.ts';
import type { FieldProblem, Planning } from '../tasks/contract.ts';
import { refused } from '../tasks/refused.ts';
import type { RegressionPlan } from './contract.ts';

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  { data }: RegressionSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const problems = checkRows(data, columns);
  data.targets.forEach((target, index) => {
    const column = columns.find(({ name }) => name === target.column);
    const problem =
      column === undefined
        ? null
        : checkFeature(target, column, {
            ...data,
            missing: data.missing === 'drop' ? 'drop' : 'error',
          });
    if (problem !== null) problems.push({ pointer: `/data/targets/${index}/column`, message: problem });
  });
  return problems;
}

interface Asked {
  readonly specification: RegressionSpecification;
  readonly columns: readonly ColumnProfile[];
  readonly rowCount: number;
}

export function planRegression(
  o: Asked & { readonly splitCounts: readonly ValueCount[] | null },
): Planning<RegressionPlan> {
  const { data, training } = o.specification;
  const errors = checkSpecification(o.specification, o.columns);
  if (errors.length > 0) return refused(errors);
  const split = planSplit({
    split: data.split,
    seed: training.seed,
    strata: [o.rowCount],
    counts: o.splitCounts,
  });
  return planRows({ data, columns: o.columns, split }, ({ read, inputs, warnings }) => {
    for (const { column } of data.targets)
      if (o.columns.find(({ name }) => name === column)?.distinct === 1)
        warnings.push(`column "${column}" has one value only`);
    return { task: 'regression', ...read, outputSize: data.targets.length, inputs };
  });
}

export const planTable = (o: Asked & { readonly tablePath: string }): Promise<Planning<RegressionPlan>> =>
  planCompleteRows(o, checkSpecification(o.specification, o.columns), async (table, rowCount) =>
    planRegression({ ...o, rowCount, splitCounts: await splitCounts(table, o.specification.data.split) }),
  );
