import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { migrate } from './migrate.ts';

const first = '20260101000000_first';
const second = '20260102000000_second';

let url: string;
let directory: string;

const write = async (name: string, sql: string): Promise<void> => {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, 'migration.sql'), sql);
};

const query = async (sql: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

beforeEach(async () => {
  url = await freshDatabase({ migrated: false });
  directory = await mkdtemp(join(tmpdir(), 'unroll-migrations-'));
  await writeFile(join(directory, 'migration_lock.toml'), 'provider = "postgresql"\n');
  await write(first, "CREATE TABLE fruits (name TEXT); INSERT INTO fruits VALUES ('fig');");
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe('migrate', () => {
  it('applies what is new, once, and keeps the rows that Prisma would', async () => {
    expect(await migrate(url, directory)).toEqual({ applied: [first] });
    await write(second, 'ALTER TABLE fruits ADD COLUMN colour TEXT;');
    expect(await migrate(url, directory)).toEqual({ applied: [second] });
    expect(await migrate(url, directory)).toEqual({ applied: [] });
    expect(await query('SELECT * FROM fruits')).toEqual([{ name: 'fig', colour: null }]);
    const rows = await query('SELECT * FROM _prisma_migrations ORDER BY migration_name');
    expect(rows).toMatchObject([
      {
        migration_name: first,
        // sha256sum of the file
        checksum: 'd6c212181698338a3e8241b89ab9422febd9fe5bfa11baa91b011fb743552cd7',
        applied_steps_count: 1,
        rolled_back_at: null,
        logs: null,
      },
      { migration_name: second, applied_steps_count: 1 },
    ]);
    expect(rows[0]?.['finished_at']).toBeInstanceOf(Date);
  });

  it('applies each migration once when many start at once', async () => {
    await write(second, "SELECT pg_sleep(0.2); INSERT INTO fruits VALUES ('plum');");
    const answers = await Promise.all(Array.from({ length: 6 }, () => migrate(url, directory)));
    expect(answers.filter(({ applied }) => applied.length === 2)).toHaveLength(1);
    expect(answers.filter(({ applied }) => applied.length === 0)).toHaveLength(5);
    expect(await query('SELECT name FROM fruits ORDER BY name')).toEqual([{ name: 'fig' }, { name: 'plum' }]);
  });

  it('refuses a migration that was changed after it had been applied, and applies nothing else', async () => {
    await migrate(url, directory);
    await write(first, 'CREATE TABLE fruits (name TEXT NOT NULL);');
    await write(second, 'CREATE TABLE nuts (name TEXT);');
    await expect(migrate(url, directory)).rejects.toThrow(`Migration ${first} was changed`);
    expect(await query("SELECT to_regclass('nuts') AS nuts")).toEqual([{ nuts: null }]);
  });

  it('refuses a database with a migration that it does not know', async () => {
    await write(second, 'CREATE TABLE nuts (name TEXT);');
    await migrate(url, directory);
    await rm(join(directory, second), { recursive: true });
    await expect(migrate(url, directory)).rejects.toThrow(/made by a newer one/);
  });

  it('takes a failing migration back as a whole, and can be run again', async () => {
    await write(second, "INSERT INTO fruits VALUES ('lost'); SELECT 1 / 0;");
    await expect(migrate(url, directory)).rejects.toThrow(/20260102000000_second failed.*division by zero/);
    expect(await query('SELECT name FROM fruits')).toEqual([{ name: 'fig' }]);
    await write(second, "INSERT INTO fruits VALUES ('pear');");
    expect(await migrate(url, directory)).toEqual({ applied: [second] });
  });

  it('refuses to go on after a migration that failed in the hands of Prisma', async () => {
    await migrate(url, directory);
    await query('UPDATE _prisma_migrations SET finished_at = NULL');
    await expect(migrate(url, directory)).rejects.toThrow(/failed earlier/);
    await query('UPDATE _prisma_migrations SET rolled_back_at = now()');
    await query('DROP TABLE fruits');
    expect(await migrate(url, directory)).toEqual({ applied: [first] });
  });

  it('brings an empty database to the shipped schema', async () => {
    await cp(join(import.meta.dirname, '../../prisma/migrations'), directory, { recursive: true });
    await rm(join(directory, first), { recursive: true });
    await migrate(url);
    expect(await migrate(url, directory)).toEqual({ applied: [] });
    const tables = await query(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
    );
    expect(tables.map(({ tablename }) => tablename)).toEqual([
      '_prisma_migrations',
      'batch_prediction_events',
      'batch_predictions',
      'datasets',
      'epoch_points',
      'idempotency_keys',
      'model_alias_targets',
      'model_aliases',
      'model_versions',
      'models',
      'training_checkpoints',
      'training_job_events',
      'training_jobs',
      'webhook_deliveries',
      'webhook_endpoints',
      'webhook_messages',
      'workers',
    ]);
  });
});
