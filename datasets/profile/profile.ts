/** What is known of each column of a canonical table: how much is missing, range, mean and deviation, some examples. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { ColumnProfile, ColumnType } from '../../domain/datasets/dataset.ts';
import { columnId, type TableColumn } from '../tables/canonical-table.ts';
import { cellSql, readCell, type Cell } from '../tables/cells.ts';
import { literal, query } from '../tables/duckdb.ts';

const exampleCount = 5;
const maxExampleLength = 200;
/** Distinct values are counted exactly in tables of up to so many cells, estimated (HyperLogLog) in larger ones. */
const maxCellsCounted = 10_000_000;

const isNumeric = (type: ColumnType): boolean => type === 'integer' || type === 'number';
const hasRange = (type: ColumnType): boolean => isNumeric(type) || type === 'date' || type === 'timestamp';

/** SQL of the six statistics of a column. */
function statistics(id: string, type: ColumnType, exact: boolean): string[] {
  return [
    `(count(*) - count(${id}))::DOUBLE`,
    `${exact ? `count(DISTINCT ${id})` : `approx_count_distinct(${id})`}::DOUBLE`,
    hasRange(type) ? cellSql(`min(${id})`, type) : 'NULL',
    hasRange(type) ? cellSql(`max(${id})`, type) : 'NULL',
    isNumeric(type) ? `avg(${id}::DOUBLE)` : 'NULL',
    isNumeric(type) ? `stddev_samp(${id}::DOUBLE)` : 'NULL',
  ];
}

/** The first few values of a column that differ. */
function examples(cells: readonly Cell[]): (number | string | boolean)[] {
  const found = new Set<number | string | boolean>();
  for (const cell of cells) {
    if (cell === null) continue;
    found.add(typeof cell === 'string' ? cell.slice(0, maxExampleLength) : cell);
    if (found.size === exampleCount) break;
  }
  return [...found];
}

function bound(value: DuckDBValue | undefined, type: ColumnType): number | string | null {
  const cell = readCell(value, type);
  return typeof cell === 'boolean' ? null : cell;
}

export async function profileTable(
  connection: DuckDBConnection,
  o: { path: string; rowCount: number; columns: readonly TableColumn[] },
): Promise<ColumnProfile[]> {
  const source = `read_parquet(${literal(o.path)})`;
  const exact = o.rowCount * o.columns.length <= maxCellsCounted;
  const profiles: ColumnProfile[] = [];
  for (const [index, { name, type }] of o.columns.entries()) {
    const id = columnId(index);
    const [row] = await query(connection, `SELECT ${statistics(id, type, exact).join(', ')} FROM ${source}`);
    const [missing, distinct, min, max, mean, std] = row!;
    const head = await query(
      connection,
      `SELECT ${cellSql(id, type)} FROM (SELECT ${id} FROM ${source} WHERE ${id} IS NOT NULL LIMIT 1000)`,
    );
    profiles.push({
      name,
      type,
      missing: Number(missing),
      distinct: Number(distinct),
      min: bound(min, type),
      max: bound(max, type),
      mean: typeof mean === 'number' ? mean : null,
      std: typeof std === 'number' ? std : null,
      examples: examples(head.map(([value]) => readCell(value, type))),
    });
  }
  return profiles;
}
