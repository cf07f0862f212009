/** Plans several labels a row on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { MultilabelSpecification } from '../../engine/spec/tasks.ts';
import { planCompleteRows } from '../rows/plan-complete-rows.ts';
import { splitCounts } from '../rows/plan-split.ts';
import type { Planning } from '../tasks/contract.ts';
import type { MultilabelPlan } from './contract.ts';
import { checkSpecification, isOneText, planMultilabel } from './plan.ts';

export function planTable(o: {
  tablePath: string;
  specification: MultilabelSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
}): Promise<Planning<MultilabelPlan>> {
  const { targets, split } = o.specification.data;
  return planCompleteRows(o, checkSpecification(o.specification, o.columns), async (table, rowCount) => {
    const counts = isOneText(o.specification, o.columns) ? [await table.valueCounts(targets[0]!.column)] : [];
    return planMultilabel({ ...o, rowCount, counts, splitCounts: await splitCounts(table, split) });
  });
}
