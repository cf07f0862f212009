/** For tests that need PostgreSQL or Redis: a database of one's own on the servers that global-setup.ts started. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { inject } from 'vitest';

/** The URL of a new database: empty, or with all migrations applied. Call it in `beforeAll`; it goes with the run. */
export async function freshDatabase(options: { migrated: boolean } = { migrated: true }): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    const template = options.migrated ? ` TEMPLATE ${inject('migratedTemplate')}` : '';
    await client.query(`CREATE DATABASE ${name}${template}`);
  } finally {
    await client.end();
  }
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** The URL of a numbered Redis database that no other test has. (Publish and subscribe are not parted: use fresh ids.) */
export async function freshRedis(): Promise<string> {
  const url = new URL(inject('redisUrl'));
  const client = new Redis(url.href);
  try {
    url.pathname = `/${await client.incr('databases taken by tests')}`;
  } finally {
    client.disconnect();
  }
  return url.href;
}
