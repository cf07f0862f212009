/**
 * The canonical table: Parquet whose columns are c0, c1, … in the order of the upload, with their names and types as JSON in the
 * file's key-value metadata. So any text may be a column name (also two that differ only in case), and none is ever an identifier.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { ColumnType } from '../../domain/datasets/dataset.ts';
import { isLarge } from './cells.ts';
import { literal, query } from './duckdb.ts';

const Header = Type.Object({
  version: Type.Literal(1),
  columns: Type.Array(Type.Object({ name: Type.String(), type: ColumnType })),
});

const headerKey = 'unroll_table';

export type TableColumn = Static<typeof Header>['columns'][number];

/** Identifier of a column by its place. */
export function columnId(index: number): string {
  return `c${index}`;
}

/** Rows of a group, which is read as a whole, where some values are large; unless they are told, DuckDB takes 122,880. No group ends within the rows that it is given together: 2,048, or those of a file. */
const wideTogether = 2048;

/** Writes the rows of `select`, whose columns are named by `columnId`; how many there were. */
export async function writeCanonicalTable(
  connection: DuckDBConnection,
  o: { path: string; select: string; columns: readonly TableColumn[]; rowGroupRows?: number },
): Promise<number> {
  const header = JSON.stringify({ version: 1, columns: o.columns });
  const isWide = o.columns.some(({ type }) => isLarge(type));
  const rowsTogether = o.rowGroupRows ?? (isWide ? wideTogether : undefined);
  const groups = rowsTogether === undefined ? '' : `ROW_GROUP_SIZE ${rowsTogether}, `;
  await connection.run(
    `COPY (${o.select}) TO ${literal(o.path)} (FORMAT parquet, ${groups}COMPRESSION zstd, USE_TMP_FILE false, KV_METADATA {${headerKey}: ${literal(header)}})`,
  );
  const [row] = await query(connection, `SELECT count(*) FROM read_parquet(${literal(o.path)})`);
  return Number(row![0]);
}

export async function readTableColumns(connection: DuckDBConnection, path: string): Promise<TableColumn[]> {
  const [row] = await query(
    connection,
    `SELECT decode(value) FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = ${literal(headerKey)}`,
  );
  const text = row?.[0];
  if (typeof text !== 'string') throw new Error(`internal: ${path} is not a canonical table`);
  return Value.Parse(Header, JSON.parse(text)).columns;
}
