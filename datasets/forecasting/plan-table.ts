/** Plans a forecast on a stored table: reads from it what the plan has to know. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import type { Table } from '../tables/table.ts';
import { planByTable } from '../tasks/plan-by-table.ts';
import { refused } from '../tasks/refused.ts';
import type { ForecastPlanning } from './contract.ts';
import { numberColumns } from './categories.ts';
import { checkPartWeights } from './check-weights.ts';
import { divideSeries } from './divide-series.ts';
import { checkSpecification, planForecast, usedRows } from './plan.ts';
import { partStarts } from './part-starts.ts';
import { readSeriesRows } from './series-rows.ts';

export function planTable(o: {
  tablePath: string;
  specification: ForecastSpecification;
  columns: readonly ColumnProfile[];
  rowCount: number;
}): Promise<ForecastPlanning> {
  const { weight, group_by: groupBy, order_by: orderBy } = o.specification.data;
  return planByTable(o.tablePath, checkSpecification(o.specification, o.columns), async (table) => {
    const series = await table.series({
      ...(groupBy !== undefined && { groupBy }),
      ...(orderBy !== undefined && { orderBy }),
      columns: numberColumns(o.specification.data),
    });
    const { problems, partsOf } = await divideSeries(table, o.specification, series);
    if (problems.length > 0) return refused(problems);
    const planning = planForecast({ ...o, series, partsOf, ...(await countsBesideHoles(table, o)) });
    if (weight === undefined || planning.plan === null) return planning;
    const { starts, values } = await table.read({
      columns: [weight],
      ...(groupBy !== undefined && { groupBy }),
      ...(orderBy !== undefined && { orderBy }),
    });
    const used = series.map((summary, index) => {
      const rows = usedRows(summary, o.specification);
      const leftOut = summary.rows - rows;
      return { start: starts[index]! + leftOut, parts: partsOf(index, rows, leftOut) };
    });
    const weightErrors = checkPartWeights(o.specification, values[0]!, used);
    return weightErrors.length > 0 ? { ...planning, errors: weightErrors, plan: null } : planning;
  });
}

/** Which windows are left out has to be read, where something is missing. */
async function countsBesideHoles(
  table: Table,
  { specification, columns }: { specification: ForecastSpecification; columns: readonly ColumnProfile[] },
): Promise<Pick<Parameters<typeof planForecast>[0], 'countWindows'>> {
  const { data } = specification;
  const used = new Set(numberColumns(data));
  if (!columns.some(({ name, missing }) => missing > 0 && used.has(name))) return {};
  const read = await readSeriesRows(table, specification, null);
  return {
    countWindows: (part, index, parts) =>
      partStarts(part, [{ start: read.series[index]!.start, parts }], { specification, read }).length,
  };
}
