/** What is known of each column of a canonical table. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { ColumnProfile, ColumnType } from '../../domain/datasets/dataset.ts';
import { columnId, type TableColumn } from '../tables/canonical-table.ts';
import { cellSql, jsonCellSql, readCell, readJsonCell, type Cell, type JsonCell } from '../tables/cells.ts';
import { literal, query } from '../tables/duckdb.ts';
import { columnDetails } from './column-details.ts';

const exampleCount = 5;
const maxExampleLength = 200;
/** Numbers shown of a vector. */
const maxExampleNumbers = 16;
/** Distinct values are counted exactly in tables of up to so many cells, estimated (HyperLogLog) in larger ones. */
const maxCellsCounted = 10_000_000;

const isNumeric = (type: ColumnType): boolean => type === 'integer' || type === 'number';
const hasRange = (type: ColumnType): boolean => isNumeric(type) || type === 'date' || type === 'timestamp';
const isCompound = (type: ColumnType): boolean => type === 'vector' || type === 'audio' || type === 'image';

/** SQL of the six statistics of a column. */
function statistics(id: string, type: ColumnType, exact: boolean): string[] {
  const distinct = exact ? `count(DISTINCT ${id})` : `approx_count_distinct(${id})`;
  return [
    `(count(*) - count(${id}))::DOUBLE`,
    isCompound(type) ? '0::DOUBLE' : `${distinct}::DOUBLE`,
    hasRange(type) ? cellSql(`min(${id})`, type) : 'NULL',
    hasRange(type) ? cellSql(`max(${id})`, type) : 'NULL',
    isNumeric(type) ? `avg(${id}::DOUBLE)` : 'NULL',
    isNumeric(type) ? `stddev_samp(${id}::DOUBLE)` : 'NULL',
  ];
}

/** The first few values of a column that differ; recordings and images have none to show. */
function examples(cells: readonly JsonCell[]): ColumnProfile['examples'] {
  const found = new Map<string, ColumnProfile['examples'][number]>();
  for (const cell of cells) {
    if (cell === null) continue;
    const shown =
      typeof cell === 'string'
        ? cell.slice(0, maxExampleLength)
        : Array.isArray(cell)
          ? cell.slice(0, maxExampleNumbers)
          : cell;
    if (typeof shown === 'object' && !Array.isArray(shown)) break;
    found.set(JSON.stringify(shown), shown);
    if (found.size === exampleCount) break;
  }
  return [...found.values()];
}

function bound(value: DuckDBValue | undefined, type: ColumnType): number | string | null {
  const cell: Cell = readCell(value, type);
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
      `SELECT ${jsonCellSql(id, type)} FROM (SELECT ${id} FROM ${source} WHERE ${id} IS NOT NULL LIMIT ${isCompound(type) ? exampleCount : 1000})`,
    );
    const known = {
      name,
      type,
      missing: Number(missing),
      distinct: Number(distinct),
      min: bound(min, type),
      max: bound(max, type),
      mean: typeof mean === 'number' ? mean : null,
      std: typeof std === 'number' ? std : null,
      examples: examples(head.map(([value]) => readJsonCell(value, type))),
    };
    const details = await columnDetails(connection, { source, id, exact, rowCount: o.rowCount, known });
    profiles.push({ ...known, ...details });
  }
  return profiles;
}
