/** How much memory a training takes for its rows while there are more and more of them: recordings that are read as they are, each size in a process of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDuckDb } from '../datasets/tables/duckdb.ts';
import { writeCanonicalTable } from '../datasets/tables/canonical-table.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('rows-child.ts', import.meta.url));
const seconds = 1;
const sampleRate = 16_000;
const recordingBytes = 2 * seconds * sampleRate;
async function writeRecordings(path: string, rows: number): Promise<void> {
  const database = await openDuckDb({ files: [path], threads: 2, memoryLimitMiB: 2048 });
  try {
    await writeCanonicalTable(database.connection, {
      path,
      select: `SELECT struct_pack(sample_rate := ${sampleRate}, samples := unhex(repeat(md5(i::VARCHAR), ${recordingBytes / 16}))) AS c0, (i % 7)::DOUBLE AS c1 FROM range(${rows}) t(i)`,
      columns: [
        { name: 'audio', type: 'audio' },
        { name: 'y', type: 'number' },
      ],
      // the fewest that DuckDB writes
      rowGroupRows: 2048,
    });
  } finally {
    database.close();
  }
}

export async function rows(args: string[]): Promise<void> {
  const json = args.includes('--json');
  const at = args.indexOf('--rows');
  const sizes = at === -1 ? [4000, 8000, 16_000] : [Number(args[at + 1])];
  if (!json) console.log('recordings | samples MB | steps MB | prepared s | grew by MB | a batch of 32 ms');
  for (const size of sizes) {
    const folder = await mkdtemp(join(tmpdir(), 'unroll-rows-'));
    try {
      const table = join(folder, 'table.parquet');
      await writeRecordings(table, size);
      const { stdout } = await run(process.execPath, [...process.execArgv, child, table, folder]);
      const found = JSON.parse(stdout) as {
        readonly steps_mb: number;
        readonly prepared_s: number;
        readonly grew_mb: number;
        readonly batch_ms: number;
      };
      const row = { recordings: size, samples_mb: (size * recordingBytes) / 1e6, ...found };
      console.log(json ? JSON.stringify(row) : Object.values(row).map(String).join(' | '));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
