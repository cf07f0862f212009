/** Plans a forecast on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { openTable } from '../tables/table.ts';
import type { ForecastPlanning } from './contract.ts';
import { checkSpecification, planForecast } from './plan.ts';

export async function planTable(o: {
  tablePath: string;
  specification: TrainingSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
}): Promise<ForecastPlanning> {
  // The table can be asked only for columns that it has.
  const errors = checkSpecification(o.specification, o.columns);
  if (errors.length > 0) return { errors, warnings: [], plan: null };
  const { inputs, targets, group_by: groupBy, order_by: orderBy } = o.specification.data;
  const table = await openTable(o.tablePath);
  try {
    const series = await table.series({
      ...(groupBy !== undefined && { groupBy }),
      ...(orderBy !== undefined && { orderBy }),
      columns: [...new Set([...inputs, ...targets].map(({ column }) => column))],
    });
    return planForecast({ ...o, series });
  } finally {
    table.close();
  }
}
