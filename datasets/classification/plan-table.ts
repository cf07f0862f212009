/** Plans a classification on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { planCompleteRows } from '../rows/plan-complete-rows.ts';
import { splitCounts } from '../rows/plan-split.ts';
import type { ClassificationPlanning } from './contract.ts';
import { checkSpecification, planClassification } from './plan.ts';

export function planTable(o: {
  tablePath: string;
  specification: ClassificationSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
}): Promise<ClassificationPlanning> {
  const { targets, split } = o.specification.data;
  return planCompleteRows(o, checkSpecification(o.specification, o.columns), async (table) => {
    const counts = await table.valueCounts(targets[0]!.column);
    return planClassification({ ...o, counts, splitCounts: await splitCounts(table, split) });
  });
}
