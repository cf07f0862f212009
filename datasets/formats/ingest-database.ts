/** The DuckDB of one ingest: two threads, limited memory, its own files and nothing else. */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openDuckDb } from '../tables/duckdb.ts';
import type { ReaderOptions } from './ingest.ts';

const ingestThreads = 2;
const ingestMemoryMiB = 1024;

/** `files`: what is read and written beside the table. Queries are broken off when the signal says so. */
export async function withIngestDatabase<Result>(
  o: Pick<ReaderOptions, 'folder' | 'partialPath' | 'signal'>,
  files: readonly string[],
  work: (connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  const { signal } = o;
  const database = await openDuckDb({
    files: [...files, o.partialPath],
    threads: ingestThreads,
    memoryLimitMiB: ingestMemoryMiB,
    spillDirectory: join(o.folder, 'spill'),
  });
  const interrupt = (): void => {
    database.connection.interrupt();
  };
  signal?.addEventListener('abort', interrupt);
  try {
    signal?.throwIfAborted();
    return await work(database.connection);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    database.close();
  }
}
