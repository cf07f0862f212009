/**
 * Once for a run of the tests: compiles what has changed, since threads and child processes run from `dist`, and starts PostgreSQL and
 * Redis on free ports and in a temporary folder that goes with the run. They end with it, also when it is killed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { startRedis } from '../../platform/embedded/redis.ts';
import { migrate } from '../../platform/postgres/migrate.ts';
import { compileAlone } from '../../scripts/setup/compiled-code.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresUrl: string;
    readonly redisUrl: string;
    /** Name of a database with all migrations applied, which others are copied from. */
    readonly migratedTemplate: string;
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
  project.provide('migratedTemplate', await migratedTemplate(postgres.url));
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
}

async function migratedTemplate(postgresUrl: string): Promise<string> {
  const name = 'migrated_template';
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  await migrate(url.href);
  return name;
}
