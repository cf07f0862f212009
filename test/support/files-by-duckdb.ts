/** Files that DuckDB writes for tests: Parquet, and zstd, for which Node 20 has no encoder. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { literal, openDuckDb } from '../../datasets/tables/duckdb.ts';

async function written(select: string, options: string): Promise<Buffer<ArrayBuffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-duckdb-'));
  const path = join(folder, 'file');
  const database = await openDuckDb({ files: [path], threads: 1, memoryLimitMiB: 2048 });
  try {
    await database.connection.run(`COPY (${select}) TO ${literal(path)} (${options}, USE_TMP_FILE false)`);
    return Buffer.concat([await readFile(path)]);
  } finally {
    database.close();
    await rm(folder, { recursive: true });
  }
}

export const parquet = (select: string): Promise<Buffer<ArrayBuffer>> => written(select, 'FORMAT parquet');

/** A CSV file with a header. */
export const zstdCsv = (select: string): Promise<Buffer<ArrayBuffer>> =>
  written(select, 'FORMAT csv, HEADER, COMPRESSION zstd');
