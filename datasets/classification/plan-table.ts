/** Plans a classification on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { splitCounts } from '../rows/plan-split.ts';
import { withTable } from '../tables/table.ts';
import type { ClassificationPlanning } from './contract.ts';
import { checkSpecification, planClassification } from './plan.ts';

export async function planTable(o: {
  tablePath: string;
  specification: ClassificationSpecification;
  columns: readonly ColumnProfile[];
}): Promise<ClassificationPlanning> {
  // The table can be asked only for columns that it has.
  const errors = checkSpecification(o.specification, o.columns);
  if (errors.length > 0) return { errors, warnings: [], plan: null };
  const { targets, split } = o.specification.data;
  return withTable(o.tablePath, async (table) => {
    const counts = await table.valueCounts(targets[0]!.column);
    return planClassification({ ...o, counts, splitCounts: await splitCounts(table, split) });
  });
}
