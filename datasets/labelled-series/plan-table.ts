/** Plans labels of series, or of their rows, on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { LabelledSeriesSpecification } from '../../engine/spec/tasks.ts';
import { splitColumn } from '../rows/plan-split.ts';
import { withTable } from '../tables/table.ts';
import type { LabelledSeriesPlanning } from './contract.ts';
import { checkSpecification, planLabelledSeries } from './plan.ts';

export async function planTable(o: {
  tablePath: string;
  specification: LabelledSeriesSpecification;
  columns: readonly ColumnProfile[];
}): Promise<LabelledSeriesPlanning> {
  // The table can be asked only for columns that it has.
  const errors = checkSpecification(o.specification, o.columns);
  if (errors.length > 0) return { errors, warnings: [], plan: null };
  const { data } = o.specification;
  const { group_by: groupBy, order_by: orderBy } = data;
  const target = data.targets[0]!.column;
  const decides = splitColumn(data.split);
  return withTable(o.tablePath, async (table) => {
    const [series, values, labelCounts] = [
      await table.series({ groupBy, ...(orderBy !== undefined && { orderBy }) }),
      await table.seriesValues({
        groupBy,
        columns: [target, ...(decides === undefined ? [] : [decides])],
      }),
      await table.valueCounts(target),
    ];
    return planLabelledSeries({
      ...o,
      series,
      labels: values.map(([label]) => label!),
      labelCounts,
      splitValues: decides === undefined ? null : values.map(([, value]) => value!),
    });
  });
}
