/** Count, range, mean and deviation of a column: one query. What is dear to compute of a large table is reckoned in a cheaper way. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { ColumnType } from '../../domain/datasets/dataset.ts';
import { cellSql, readCell, type Cell } from '../tables/cells.ts';
import { query } from '../tables/duckdb.ts';

/** Distinct values, quantiles and histograms of larger tables are estimated. */
export const maxExactRows = 200_000;
/** Estimated to be fewer, distinct values are counted in tables of any size. */
const maxDistinctCounted = 50_000;
/** Distinct values of a large table are counted in a part of them that has about so many rows. */
const distinctSampleRows = 250_000;

export const isNumeric = (type: ColumnType): boolean => type === 'integer' || type === 'number';
const hasRange = (type: ColumnType): boolean => isNumeric(type) || type === 'date' || type === 'timestamp';
export const isCompound = (type: ColumnType): boolean =>
  type === 'vector' || type === 'audio' || type === 'image';

export interface Statistics {
  readonly missing: number;
  readonly distinct: number;
  readonly min: number | string | null;
  readonly max: number | string | null;
  readonly mean: number | null;
  readonly std: number | null;
}

export interface StatisticsOptions {
  /** SQL of the table, and of the column in it. */
  readonly source: string;
  readonly id: string;
  readonly type: ColumnType;
  readonly rowCount: number;
  /** About the mean of a column of numbers of a large table. */
  readonly middle?: number;
}

/**
 * SQL of how many values differ. In a large table values are sampled by their hash, so that all rows of a value are in the sample or
 * none (adaptive sampling: Flajolet 1990, at one depth); the standard error is √(parts / distinct) of it.
 */
function distinctSql({ id, type, rowCount }: StatisticsOptions): string {
  if (isCompound(type)) return '0';
  if (rowCount <= maxExactRows) return `count(DISTINCT ${id})`;
  const parts = Math.ceil(rowCount / distinctSampleRows);
  return `least(count(${id}), ${parts} * count(DISTINCT ${id}) FILTER (WHERE hash(${id}) % ${parts} = 0))`;
}

/** Sums of differences to `middle`, which is near the mean, so that nothing cancels out (Chan, Golub and LeVeque 1983). */
function momentsSql({ id, type, middle }: StatisticsOptions): [string, string] {
  if (!isNumeric(type)) return ['NULL', 'NULL'];
  if (middle === undefined) return [`avg(${id}::DOUBLE)`, `stddev_samp(${id}::DOUBLE)`];
  const difference = `(${id}::DOUBLE - (${middle})::DOUBLE)`;
  return [`sum(${difference})`, `sum(${difference} * ${difference})`];
}

function bound(value: DuckDBValue | undefined, type: ColumnType): number | string | null {
  const cell: Cell = readCell(value, type);
  return typeof cell === 'boolean' ? null : cell;
}

export async function columnStatistics(
  connection: DuckDBConnection,
  o: StatisticsOptions,
): Promise<Statistics> {
  const { source, id, type, rowCount, middle } = o;
  const range = hasRange(type)
    ? [cellSql(`min(${id})`, type), cellSql(`max(${id})`, type)]
    : ['NULL', 'NULL'];
  const [row] = await query(
    connection,
    `SELECT count(${id})::DOUBLE, ${distinctSql(o)}::DOUBLE, ${[...range, ...momentsSql(o)].join(', ')} FROM ${source}`,
  );
  const [filled, estimate, min, max, first, second] = row!;
  let distinct = Number(estimate);
  if (rowCount > maxExactRows && distinct < maxDistinctCounted && !isCompound(type)) {
    const [counted] = await query(connection, `SELECT count(DISTINCT ${id})::DOUBLE FROM ${source}`);
    distinct = Number(counted![0]);
  }
  const known = {
    missing: rowCount - Number(filled),
    distinct,
    min: bound(min, type),
    max: bound(max, type),
  };
  const mean = typeof first === 'number' ? first : null;
  const std = typeof second === 'number' ? second : null;
  if (middle === undefined || mean === null || std === null) return { ...known, mean, std };
  const rows = Number(filled);
  return {
    ...known,
    mean: middle + mean / rows,
    std: rows < 2 ? null : Math.sqrt(Math.max(0, std - (mean * mean) / rows) / (rows - 1)),
  };
}
