/** What is told of a column beside its range, by its type: quantiles, histogram, balance, lengths, scripts, rates. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnProfile, Spread } from '../../domain/datasets/column-profile.ts';
import type { ColumnType } from '../../domain/datasets/dataset.ts';
import { readCell, cellSql } from '../tables/cells.ts';
import { query } from '../tables/duckdb.ts';
import { scriptsOf } from './scripts.ts';
import { columnWarnings } from './warnings.ts';

export interface DetailedColumn {
  /** SQL of the table, and of the column in it. */
  readonly source: string;
  readonly id: string;
  /** Of a large table: where some rows of the column stand, if it has numbers. */
  readonly sample: string | null;
  readonly rowCount: number;
  readonly known: ColumnProfile;
}

export type Details = Partial<ColumnProfile>;

const quantiles = [0.05, 0.25, 0.5, 0.75, 0.95];
const histogramBins = 20;
/** More different values than this are no labels. */
const maxBalanced = 1000;
const frequentCount = 20;
const maxSampledTexts = 20_000;
const maxSampledCharacters = 2000;

const spreadSql = (value: string): string =>
  `min(${value})::DOUBLE, avg(${value})::DOUBLE, max(${value})::DOUBLE`;
const spread = ([min, mean, max]: readonly unknown[]): Spread => ({
  min: Number(min),
  mean: Number(mean),
  max: Number(max),
});

async function numbers(connection: DuckDBConnection, column: DetailedColumn): Promise<Details> {
  const { id, known } = column;
  const { min, max } = known;
  const rows = column.sample ?? column.source;
  if (typeof min !== 'number' || typeof max !== 'number') return {};
  const found = await query(
    connection,
    `SELECT unnest(quantile_cont(${id}::DOUBLE, [${quantiles.join(', ')}])::DOUBLE[]) FROM ${rows}`,
  );
  const width = (max - min) / histogramBins;
  const bins = width > 0 && Number.isFinite(width) ? histogramBins : 1;
  const counted = await query(
    connection,
    bins === 1
      ? `SELECT 0, count(${id}) FROM ${rows}`
      : `SELECT least(${bins - 1}, greatest(0, floor((${id}::DOUBLE - (${min})::DOUBLE) / (${width})::DOUBLE)))::INTEGER AS bin, count(*)
         FROM ${rows} WHERE ${id} IS NOT NULL GROUP BY bin`,
  );
  const counts = Array.from({ length: bins }, () => 0);
  for (const [bin, count] of counted) counts[Number(bin)] = Number(count);
  const seen = counts.reduce((sum, count) => sum + count, 0);
  if (seen === 0) return {};
  const share = (column.rowCount - known.missing) / seen;
  const edges = [...Array.from({ length: bins }, (_, i) => min + (i * (max - min)) / bins), max];
  return {
    quantiles: quantiles.map((q, i) => ({ quantile: q, value: Number(found[i]![0]) })),
    histogram: { edges, counts: counts.map((count) => Math.round(count * share)) },
  };
}

/** How often each value of a column with few different ones stands. */
async function balance(connection: DuckDBConnection, column: DetailedColumn): Promise<Details> {
  const { source, id, known } = column;
  const filled = column.rowCount - known.missing;
  if (known.distinct > maxBalanced || (known.distinct > 2 && known.distinct > filled / 2)) return {};
  const found = await query(
    connection,
    `SELECT ${cellSql('value', known.type)}, rows FROM (
       SELECT ${id} AS value, count(*) AS rows FROM ${source} WHERE ${id} IS NOT NULL GROUP BY ${id}
     ) ORDER BY rows DESC, value LIMIT ${frequentCount}`,
  );
  const values = found.map(([value, rows]) => {
    const cell = readCell(value, known.type);
    return { value: typeof cell === 'string' ? cell.slice(0, 200) : cell!, rows: Number(rows) };
  });
  return { frequent: values };
}

async function texts(connection: DuckDBConnection, column: DetailedColumn): Promise<Details> {
  const { source, id } = column;
  const sample = `(SELECT ${id} AS cell FROM ${source} WHERE ${id} IS NOT NULL LIMIT ${maxSampledTexts})`;
  const words = String.raw`regexp_extract_all(lower(left(cell, ${maxSampledCharacters})), '[\p{L}\p{M}\p{N}]+')`;
  const [row] = await query(
    connection,
    `SELECT count(*), ${spreadSql('length(cell)')}, ${spreadSql('len(words)')} FROM (SELECT cell, ${words} AS words FROM ${sample})`,
  );
  const [rows, ...lengths] = row!;
  if (Number(rows) === 0) return {};
  const [vocabulary] = await query(
    connection,
    `SELECT approx_count_distinct(word) FROM (SELECT unnest(${words}) AS word FROM ${sample})`,
  );
  const head = await query(connection, `SELECT left(cell, 200) FROM ${sample} LIMIT 1000`);
  return {
    text: {
      characters: spread(lengths.slice(0, 3)),
      words: spread(lengths.slice(3)),
      vocabulary_size: Number(vocabulary![0]),
      scripts: scriptsOf(head.map(([text]) => String(text))),
      sampled_rows: Number(rows),
    },
  };
}

async function vectors(connection: DuckDBConnection, { source, id }: DetailedColumn): Promise<Details> {
  const [row] = await query(connection, `SELECT ${spreadSql(`len(${id})`)} FROM ${source}`);
  return row![0] === null ? {} : { length: spread(row!) };
}

async function recordings(connection: DuckDBConnection, { source, id }: DetailedColumn): Promise<Details> {
  const seconds = `(octet_length(${id}.samples) / 2 / ${id}.sample_rate)`;
  const [row] = await query(
    connection,
    `SELECT ${spreadSql(seconds)}, sum(${seconds})::DOUBLE FROM ${source} WHERE ${id} IS NOT NULL`,
  );
  if (row![0] === null) return {};
  const rates = await query(
    connection,
    `SELECT ${id}.sample_rate, count(*) AS rows FROM ${source} WHERE ${id} IS NOT NULL GROUP BY 1 ORDER BY rows DESC, 1`,
  );
  return {
    audio: {
      seconds: spread(row!),
      total_seconds: Number(row![3]),
      sample_rates: rates.map(([rate, rows]) => ({ sample_rate: Number(rate), rows: Number(rows) })),
      channels: [],
    },
  };
}

async function images(connection: DuckDBConnection, { source, id }: DetailedColumn): Promise<Details> {
  const [row] = await query(
    connection,
    `SELECT ${spreadSql(`${id}.width`)}, ${spreadSql(`${id}.height`)} FROM ${source} WHERE ${id} IS NOT NULL`,
  );
  if (row![0] === null) return {};
  const channels = await query(
    connection,
    `SELECT ${id}.channels, count(*) AS rows FROM ${source} WHERE ${id} IS NOT NULL GROUP BY 1 ORDER BY rows DESC, 1`,
  );
  return {
    image: {
      width: spread(row!),
      height: spread(row!.slice(3)),
      channels: channels.map(([number, rows]) => ({ channels: Number(number), rows: Number(rows) })),
    },
  };
}

type Detail = (connection: DuckDBConnection, column: DetailedColumn) => Promise<Details>;

const detailsOf: Record<ColumnType, readonly Detail[]> = {
  integer: [numbers, balance],
  number: [numbers],
  boolean: [balance],
  date: [],
  timestamp: [],
  text: [texts, balance],
  vector: [vectors],
  audio: [recordings],
  image: [images],
};

export async function columnDetails(connection: DuckDBConnection, column: DetailedColumn): Promise<Details> {
  let details: Details = {};
  for (const detail of detailsOf[column.known.type])
    details = { ...details, ...(await detail(connection, column)) };
  return { ...details, warnings: columnWarnings({ ...column.known, ...details }, column.rowCount) };
}
