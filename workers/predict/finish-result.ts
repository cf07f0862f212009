/** Chunks → the dataset that comes out: Parquet with the columns that are kept beside those of the predictions, read in as any upload is. */
import { join } from 'node:path';
import {
  errorColumn,
  predictionLayout,
  seriesOf,
  stepColumn,
  type PredictionColumn,
} from '../../domain/batch-predictions/prediction-columns.ts';
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { ingestUpload } from '../../datasets/formats/ingest-upload.ts';
import { columnId } from '../../datasets/tables/canonical-table.ts';
import { sqlTypes } from '../../datasets/tables/cells.ts';
import { identifier, literal, openDuckDb, query } from '../../datasets/tables/duckdb.ts';
import type { FinishOrder } from './protocol.ts';

const threads = 2;
const memoryMiB = 1024;

export async function finishResult(
  order: FinishOrder,
): Promise<{ rowCount: number; columns: readonly ColumnProfile[] }> {
  await writeResult(order);
  const result = await ingestUpload({
    sourcePath: order.resultPath,
    format: 'parquet',
    reading: {},
    tablePath: order.resultTablePath,
    workDirectory: order.folder,
    onBadRows: 'reject',
    maxUnpackedBytes: Number.MAX_SAFE_INTEGER,
  });
  if (result.status === 'rejected')
    throw new Error(`internal: the result is no dataset: ${JSON.stringify(result.problems.slice(0, 3))}`);
  return result;
}

async function writeResult(order: FinishOrder): Promise<void> {
  const layout = predictionLayout(order.card, order.generation);
  const database = await openDuckDb({
    files: [order.tablePath, order.resultPath, ...order.chunkPaths],
    threads,
    memoryLimitMiB: memoryMiB,
    spillDirectory: join(order.folder, 'spill'),
  });
  const { connection } = database;
  try {
    const types = Object.fromEntries([
      ['row', 'BIGINT'],
      ['error', 'VARCHAR'],
      ...(layout.by === 'series' && layout.timed
        ? [
            ['step', 'BIGINT'],
            ['order', 'VARCHAR'],
          ]
        : []),
      ...layout.columns.map(({ type }, place) => [columnId(place), sqlTypes[type]]),
    ]) as Record<string, string>;
    const described = Object.entries(types).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
    const found = `read_json([${order.chunkPaths.map(literal).join(', ')}], format = 'newline_delimited', columns = {${described.join(', ')}}, maximum_object_size = ${64 * 1024 * 1024})`;
    // Once each: a row that is missing or twice there is a mistake of ours.
    const [counted] = await query(
      connection,
      `SELECT count(*), count(DISTINCT row), count(DISTINCT row // ${layout.by === 'series' ? layout.horizon : 1}) FROM ${found}`,
    );
    const [rows, different, inputs] = counted!.map(Number);
    if (rows !== different || (layout.by === 'rows' && inputs !== order.rowCount))
      throw new Error(`internal: expected each answer once, got ${rows} rows of which ${different} differ`);

    const predicted = (column: PredictionColumn, sql: string): string =>
      `${sql} AS ${identifier(column.name)}`;
    const predictions = [
      ...layout.columns.map((column, place) => predicted(column, `p.${columnId(place)}`)),
      predicted(errorColumn, 'p.error'),
    ];
    const idOf = (name: string): string =>
      columnId(order.columns.findIndex((column) => column.name === name));
    const select =
      layout.by === 'rows'
        ? `SELECT ${[...order.kept.map((name) => `t.${idOf(name)} AS ${identifier(name)}`), ...predictions].join(', ')}
           FROM read_parquet(${literal(order.tablePath)}, file_row_number = true) AS t JOIN ${found} AS p ON p.row = t.file_row_number ORDER BY t.file_row_number`
        : `SELECT ${[...seriesColumns(order), ...(layout.timed ? [predicted(stepColumn, 'p.step')] : []), ...predictions].join(', ')}
           FROM ${found} AS p LEFT JOIN ${seriesKeys(order, layout.horizon)} ORDER BY p.row`;
    await connection.run(
      `COPY (${select}) TO ${literal(order.resultPath)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
    );
  } finally {
    database.close();
  }
}

/** The key of each series from the table, also of those that have no prediction. */
function seriesKeys(order: FinishOrder, horizon: number): string {
  const { groupBy } = seriesOf(order.card)!;
  const id =
    groupBy === undefined ? 'NULL' : columnId(order.columns.findIndex(({ name }) => name === groupBy));
  return `(SELECT key, row_number() OVER (ORDER BY key) - 1 AS number FROM (SELECT DISTINCT ${id} AS key FROM read_parquet(${literal(order.tablePath)}))) AS k ON k.number = p.row // ${horizon}`;
}

/** What names a row of a series. */
function seriesColumns({ card, columns }: FinishOrder): string[] {
  const { groupBy, orderBy } = seriesOf(card)!;
  const named = groupBy === undefined ? [] : [`k.key AS ${identifier(groupBy)}`];
  if (card.task !== 'forecast') return named;
  const orderType = columns.find(({ name }) => name === orderBy)?.type;
  const isWhole = orderType === 'integer' && Number.isInteger(card.frequency?.step);
  const asOrder = {
    date: 'p."order"::DATE',
    timestamp: 'p."order"::TIMESTAMP',
    number: `p."order"::DOUBLE${isWhole ? '::BIGINT' : ''}`,
  };
  return orderBy === undefined || card.frequency === null
    ? named
    : [...named, `${asOrder[card.frequency.values]} AS ${identifier(orderBy)}`];
}
