/** Plans labels of series, or of their rows, on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { LabelledSeriesSpecification } from '../../engine/spec/tasks.ts';
import { splitColumn } from '../rows/plan-split.ts';
import { planByTable } from '../tasks/plan-by-table.ts';
import type { LabelledSeriesPlanning } from './contract.ts';
import { checkSpecification, planLabelledSeries } from './plan.ts';

export function planTable(o: {
  tablePath: string;
  specification: LabelledSeriesSpecification;
  columns: readonly ColumnProfile[];
}): Promise<LabelledSeriesPlanning> {
  const { data } = o.specification;
  const { group_by: groupBy, order_by: orderBy } = data;
  const target = data.targets[0]!.column;
  const decides = splitColumn(data.split);
  const read = [
    target,
    ...(decides === undefined ? [] : [decides]),
    ...(data.weight === undefined ? [] : [data.weight]),
  ];
  return planByTable(o.tablePath, checkSpecification(o.specification, o.columns), async (table) => {
    const values = await table.seriesValues({
      groupBy,
      columns: read,
    });
    return planLabelledSeries({
      ...o,
      series: await table.series({ groupBy, ...(orderBy !== undefined && { orderBy }) }),
      labels: values.map(([label]) => label!),
      labelCounts: await table.valueCounts(target),
      splitValues: decides === undefined ? null : values.map(([, value]) => value!),
      weights: data.weight === undefined ? null : values.map((ofSeries) => ofSeries.at(-1)!),
    });
  });
}
