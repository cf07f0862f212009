/**
 * Once for a run of the tests: compiles what has changed, since threads and child processes run from `dist`, and starts PostgreSQL and
 * Redis on free ports and in a temporary folder that goes with the run. They end with it, also when it is killed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { startRedis } from '../../platform/embedded/redis.ts';
import { compileAlone } from '../../scripts/setup/compiled-code.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresUrl: string;
    readonly redisUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await compileAlone(join(import.meta.dirname, '../..'));
  const directory = await mkdtemp(join(tmpdir(), 'unroll-test-'));
  const [postgres, redis] = await Promise.all([
    startPostgres({
      directory: join(directory, 'postgres'),
      // Nothing of a test has to outlive a power failure.
      settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
    }),
    startRedis({ directory: join(directory, 'redis'), databases: 4096 }),
  ]);
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis.url);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
}
