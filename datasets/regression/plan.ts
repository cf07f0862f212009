/** Whether numbers of a row can be learnt from a table, and what that would be made of. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { RegressionSpecification } from '../../engine/spec/tasks.ts';
import { checkFeature } from '../features/table.ts';
import { checkRows } from '../rows/check-rows.ts';
import type { ValueCount } from '../rows/contract.ts';
import { planInputs } from '../rows/plan-inputs.ts';
import { planSplit, splitCounts } from '../rows/plan-split.ts';
import { withTable } from '../tables/table.ts';
import type { FieldProblem, Planning } from '../tasks/contract.ts';
import type { RegressionPlan } from './contract.ts';

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  { data }: RegressionSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const problems = checkRows(data, columns);
  data.targets.forEach((target, index) => {
    const column = columns.find(({ name }) => name === target.column);
    const problem = column === undefined ? null : checkFeature(target, column, { ...data, missing: 'error' });
    if (problem !== null) problems.push({ pointer: `/data/targets/${index}/column`, message: problem });
  });
  return problems;
}

export function planRegression(o: {
  specification: RegressionSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
  splitCounts: readonly ValueCount[] | null;
}): Planning<RegressionPlan> {
  const { data, training } = o.specification;
  const errors = checkSpecification(o.specification, o.columns);
  if (errors.length > 0) return { errors, warnings: [], plan: null };
  const split = planSplit({
    split: data.split,
    seed: training.seed,
    strata: [o.rowCount],
    counts: o.splitCounts,
  });
  if (split.problems.length > 0) return { errors: [...split.problems], warnings: [], plan: null };
  const { sizes, steps, inputs, warnings } = planInputs(data, o.columns);
  for (const { column } of data.targets)
    if (o.columns.find(({ name }) => name === column)?.distinct === 1)
      warnings.push(`column "${column}" has one value only`);
  return {
    errors,
    warnings,
    plan: {
      task: 'regression',
      ...sizes,
      outputSize: data.targets.length,
      windows: split.windows,
      steps,
      inputs,
    },
  };
}

export async function planTable(o: {
  tablePath: string;
  specification: RegressionSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
}): Promise<Planning<RegressionPlan>> {
  const errors = checkSpecification(o.specification, o.columns);
  if (errors.length > 0) return { errors, warnings: [], plan: null };
  return withTable(o.tablePath, async (table) => {
    return planRegression({ ...o, splitCounts: await splitCounts(table, o.specification.data.split) });
  });
}
