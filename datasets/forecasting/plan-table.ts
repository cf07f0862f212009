/** Plans a forecast on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import { openTable } from '../tables/table.ts';
import type { ForecastPlanning } from './contract.ts';
import { checkPartWeights } from './check-weights.ts';
import { checkSpecification, planForecast, usedRows } from './plan.ts';

export async function planTable(o: {
  tablePath: string;
  specification: ForecastSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
}): Promise<ForecastPlanning> {
  // The table can be asked only for columns that it has.
  const errors = checkSpecification(o.specification, o.columns);
  if (errors.length > 0) return { errors, warnings: [], plan: null };
  const { inputs, targets, weight, group_by: groupBy, order_by: orderBy } = o.specification.data;
  const table = await openTable(o.tablePath);
  try {
    const series = await table.series({
      ...(groupBy !== undefined && { groupBy }),
      ...(orderBy !== undefined && { orderBy }),
      columns: [...new Set([...inputs, ...targets].map(({ column }) => column))],
    });
    const planning = planForecast({ ...o, series });
    if (weight === undefined || planning.plan === null) return planning;
    const { starts, values } = await table.read({
      columns: [weight],
      ...(groupBy !== undefined && { groupBy }),
      ...(orderBy !== undefined && { orderBy }),
    });
    const used = series.map((summary, index) => {
      const rows = usedRows(summary, o.specification);
      return { start: starts[index]! + summary.rows - rows, rows };
    });
    const weightErrors = checkPartWeights(o.specification, values[0]!, used);
    return weightErrors.length > 0 ? { ...planning, errors: weightErrors, plan: null } : planning;
  } finally {
    table.close();
  }
}
