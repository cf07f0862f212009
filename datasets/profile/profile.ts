/** What is known of each column of a canonical table. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { columnId, type TableColumn } from '../tables/canonical-table.ts';
import { jsonCellSql, readJsonCell, type JsonCell } from '../tables/cells.ts';
import { literal, query } from '../tables/duckdb.ts';
import { columnDetails } from './column-details.ts';
import { columnStatistics, isCompound, isNumeric, maxExactRows } from './statistics.ts';

const exampleCount = 5;
const maxExampleLength = 200;
/** Numbers shown of a vector. */
const maxExampleNumbers = 16;

/** Rows of a large table that its quantiles and histograms are read from: the standard error of the median's rank is 0.16 %. */
const sampleRows = 100_000;
/** Columns sampled at a time. */
const columnsAtOnce = 64;

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

interface ProfiledTable {
  readonly path: string;
  readonly rowCount: number;
  readonly columns: readonly TableColumn[];
}

/** Numbers of some rows of a large table, chosen by a hash: a step could fall in with a rhythm of the rows. */
async function sampleNumbers(
  connection: DuckDBConnection,
  source: string,
  ids: readonly string[],
  rowCount: number,
): Promise<void> {
  const numbers = ids.map((id) => `${id}::DOUBLE AS ${id}`);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE sample AS SELECT ${['1', ...numbers].join(', ')} FROM ${source} WHERE hash(file_row_number) % ${Math.ceil(rowCount / sampleRows)} = 0`,
  );
}

async function profileColumn(
  connection: DuckDBConnection,
  { name, type, id }: TableColumn & { id: string },
  { source, rowCount }: { source: string; rowCount: number },
): Promise<ColumnProfile> {
  const sample = rowCount > maxExactRows && isNumeric(type) ? 'sample' : null;
  const [center] = sample === null ? [] : await query(connection, `SELECT avg(${id}) FROM sample`);
  const middle = center?.[0];
  const statistics = await columnStatistics(connection, {
    ...{ source, id, type, rowCount },
    ...(typeof middle === 'number' && { middle }),
  });
  const head = await query(
    connection,
    `SELECT ${jsonCellSql(id, type)} FROM (SELECT ${id} FROM ${source} WHERE ${id} IS NOT NULL LIMIT ${isCompound(type) ? exampleCount : 1000})`,
  );
  const shown = examples(head.map(([value]) => readJsonCell(value, type)));
  const known = { name, type, ...statistics, examples: shown };
  return { ...known, ...(await columnDetails(connection, { source, id, sample, rowCount, known })) };
}

export async function profileTable(
  connection: DuckDBConnection,
  { path, rowCount, columns }: ProfiledTable,
): Promise<ColumnProfile[]> {
  const source = `read_parquet(${literal(path)}, file_row_number = true)`;
  const all = columns.map((column, index) => ({ ...column, id: columnId(index) }));
  const profiles: ColumnProfile[] = [];
  for (let from = 0; from < all.length; from += columnsAtOnce) {
    const some = all.slice(from, from + columnsAtOnce);
    const numeric = some.filter(({ type }) => isNumeric(type)).map(({ id }) => id);
    if (rowCount > maxExactRows) await sampleNumbers(connection, source, numeric, rowCount);
    for (const column of some) profiles.push(await profileColumn(connection, column, { source, rowCount }));
  }
  return profiles;
}
