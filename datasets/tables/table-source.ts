/** A canonical table as queries see it: SQL of its rows, of its columns, and of what tells series apart and orders them. */
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { columnId, type TableColumn } from './canonical-table.ts';
import { literal, query } from './duckdb.ts';

export interface TableSource {
  readonly connection: DuckDBConnection;
  readonly columns: readonly TableColumn[];
  /** SQL of the rows, each with its place in the file as `file_row_number`. */
  readonly source: string;
  /** The same of all rows, those that are left out included. */
  readonly allRows: string;
  /** The rows of the file in stretches whose columns, by their identifiers, take few enough bytes to be read at once: [from, to) each, in the file's order. */
  readonly stretches: (ids: readonly string[]) => Promise<readonly (readonly [from: number, to: number])[]>;
  /** A column by its name, and its identifier in SQL. @throws Error for a name that the table does not have */
  readonly find: (name: string) => { readonly id: string; readonly column: TableColumn };
  /** SQL of the series key, or of one key for all. */
  readonly keyId: (groupBy: string | undefined) => string;
  /** SQL of what orders the rows of a series: a column, or their places. */
  readonly orderId: (orderBy: string | undefined) => string;
}

/** @param complete - columns that have a value in every row that is seen: rows that lack one are left out */
export function tableSource(
  connection: DuckDBConnection,
  path: string,
  columns: readonly TableColumn[],
  complete: readonly string[] = [],
): TableSource {
  const find: TableSource['find'] = (name) => {
    const index = columns.findIndex((column) => column.name === name);
    if (index === -1) throw new Error(`internal: the table has no column "${name}"`);
    return { id: columnId(index), column: columns[index]! };
  };
  const allRows = `read_parquet(${literal(path)}, file_row_number = true)`;
  const isComplete = complete.map((name) => `${find(name).id} IS NOT NULL`).join(' AND ');
  return {
    connection,
    columns,
    source: complete.length === 0 ? allRows : `(SELECT * FROM ${allRows} WHERE ${isComplete})`,
    allRows,
    stretches: (ids) => stretchesOf(connection, path, ids),
    find,
    keyId: (groupBy) => (groupBy === undefined ? 'NULL' : find(groupBy).id),
    orderId: (orderBy) => (orderBy === undefined ? 'file_row_number' : find(orderBy).id),
  };
}

/** DuckDB counts no bytes of texts and recordings among those that it has read ahead: a query of more than so many would hold them all. */
const stretchBytes = 16 * 1024 * 1024;

/** Whole row groups, which are the least that is read without what stands beside it. */
async function stretchesOf(
  connection: DuckDBConnection,
  path: string,
  ids: readonly string[],
): Promise<readonly (readonly [from: number, to: number])[]> {
  const groups = await query(
    connection,
    `SELECT any_value(row_group_num_rows), coalesce(sum(total_uncompressed_size) FILTER (WHERE split_part(path_in_schema, ', ', 1) IN (${ids.map(literal).join(', ')})), 0)::BIGINT FROM parquet_metadata(${literal(path)}) GROUP BY row_group_id ORDER BY row_group_id`,
  );
  const stretches: [from: number, to: number][] = [];
  let [end, bytes] = [0, Infinity];
  for (const [rows, own] of groups.map((group) => group.map(Number))) {
    if (bytes + own! > stretchBytes) {
      stretches.push([end, end]);
      bytes = 0;
    }
    end += rows!;
    bytes += own!;
    stretches.at(-1)![1] = end;
  }
  return stretches;
}

/** The rows of a query of any size, some at a time; nothing is held of a chunk that has been given. */
export async function* chunksOf(connection: DuckDBConnection, sql: string): AsyncGenerator<DuckDBDataChunk> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk;
  }
}
