/** Plans several labels a row on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { MultilabelSpecification } from '../../engine/spec/tasks.ts';
import { splitCounts } from '../rows/plan-split.ts';
import type { Planning } from '../tasks/contract.ts';
import { planByTable } from '../tasks/plan-by-table.ts';
import type { MultilabelPlan } from './contract.ts';
import { checkSpecification, isOneText, planMultilabel } from './plan.ts';

export function planTable(o: {
  tablePath: string;
  specification: MultilabelSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
}): Promise<Planning<MultilabelPlan>> {
  const { targets, split } = o.specification.data;
  return planByTable(o.tablePath, checkSpecification(o.specification, o.columns), async (table) => {
    const counts = isOneText(o.specification, o.columns) ? [await table.valueCounts(targets[0]!.column)] : [];
    return planMultilabel({ ...o, counts, splitCounts: await splitCounts(table, split) });
  });
}
