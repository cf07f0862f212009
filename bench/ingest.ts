/** How fast uploads of each format become datasets that are ready: from the file to table and profile, in one process. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { literal, openDuckDb } from '../datasets/tables/duckdb.ts';
import { randomStream } from '../engine/random/random-stream.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('ingest-child.ts', import.meta.url));

type Row = readonly [time: string, station: string, temperature: string, wind: string, count: string];
const names = ['time', 'station', 'temperature', 'wind', 'count'] as const;

const object = (row: Row): string =>
  JSON.stringify({
    time: row[0],
    station: row[1],
    temperature: Number(row[2]),
    wind: Number(row[3]),
    count: Number(row[4]),
  });

/** What a file begins with, and a row of it. */
const writers: Record<string, { head: string; line: (row: Row) => string; foot?: string }> = {
  csv: { head: `${names.join(',')}\n`, line: (row) => `${row.join(',')}\n` },
  tsv: { head: `${names.join('\t')}\n`, line: (row) => `${row.join('\t')}\n` },
  ndjson: { head: '', line: (row) => `${object(row)}\n` },
  json: { head: '{"rows": [{}', line: (row) => `,\n${object(row)}`, foot: ']}' },
  text: { head: '', line: (row) => `${row.join(' ')}\n` },
};

/** Hourly weather of a hundred stations, of seed 7. */
async function write(path: string, format: string, bytes: number): Promise<void> {
  const { head, line, foot = '' } = writers[format]!;
  const stream = randomStream(7, 'ingest');
  const random = (): number => stream.next();
  const file = createWriteStream(path);
  file.write(head);
  for (let at = 0, written = 0; written < bytes;) {
    let text = '';
    for (; text.length < 1_000_000; at++) {
      const time = new Date(1_600_000_000_000 + Math.floor(at / 100) * 3_600_000).toISOString();
      const temperature = (20 * random() - 5).toFixed(2);
      text += line([time, `station ${at % 100}`, temperature, (30 * random()).toFixed(1), String(at)]);
    }
    written += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end(foot);
  await once(file, 'close');
}

/** The same rows as Parquet: as many as `bytes` of CSV hold. */
async function writeParquet(path: string, bytes: number): Promise<void> {
  const source = `${path}.source`;
  await write(source, 'csv', bytes);
  const database = await openDuckDb({ files: [source, path], threads: 2, memoryLimitMiB: 1024 });
  await database.connection.run(
    `COPY (FROM read_csv(${literal(source)})) TO ${literal(path)} (FORMAT parquet, USE_TMP_FILE false)`,
  );
  database.close();
  await rm(source);
}

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rss: number;
}

export async function ingest(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      megabytes: { type: 'string', default: '100' },
      formats: { type: 'string', default: [...Object.keys(writers), 'csv.gz', 'parquet'].join(',') },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), 'unroll-bench-'));
  if (!values.json) console.log('format  | megabytes | MB/s  | peak RSS MB | processor ms/MB');
  try {
    for (const format of values.formats.split(',')) {
      const [base = ''] = format.split('.');
      const path = join(folder, base);
      await (base === 'parquet'
        ? writeParquet(path, Number(values.megabytes) * 1e6)
        : write(path, base, Number(values.megabytes) * 1e6));
      const { size } = await stat(path);
      let source = path;
      if (format.endsWith('.gz')) {
        source = `${path}.gz`;
        await pipeline(createReadStream(path), createGzip(), createWriteStream(source));
      }
      const { stdout } = await run(process.execPath, [...process.execArgv, child, source, base]);
      const { seconds, cpuSeconds, rss } = JSON.parse(stdout) as Measured;
      const row = {
        format,
        megabytes: Number((size / 1e6).toFixed(1)),
        mb_per_s: Number((size / 1e6 / seconds).toFixed(1)),
        peak_rss_mb: Math.round(rss / 1e6),
        cpu_ms_per_mb: Number((cpuSeconds / (size / 1e9)).toFixed(1)),
      };
      if (values.json) console.log(JSON.stringify(row));
      else
        console.log(
          [
            format.padEnd(7),
            String(row.megabytes).padStart(9),
            String(row.mb_per_s).padStart(5),
            String(row.peak_rss_mb).padStart(11),
            String(row.cpu_ms_per_mb).padStart(15),
          ].join(' | '),
        );
      await rm(path);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
