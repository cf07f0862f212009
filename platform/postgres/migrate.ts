/**
 * Applies the migrations of prisma/migrations that are not applied yet, as `prisma migrate deploy` does, which needs a
 * native engine that can't be fetched everywhere. It keeps Prisma's own table, so that either can follow the other.
 *
 * Invariants: one runner at a time (Prisma's advisory lock); a migration and its row are one transaction, so a runner
 * that dies leaves nothing half done; an applied migration never changes (sha256 of its file).
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { UnrollError } from '../../domain/errors/unroll-error.ts';

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface AppliedRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/** The number that Prisma locks. */
const advisoryLock = 72_707_369;

/** Throws `conflict` when the database's history and the folder's contradict each other; nothing is applied then. */
export async function migrate(
  url: string,
  directory: string = shippedMigrations(),
): Promise<{ applied: readonly string[] }> {
  const migrations = await readMigrations(directory);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Held by the connection: it goes when the connection goes, however that happens.
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    await client.query(migrationsTable);
    const { rows } = await client.query<AppliedRow>(
      'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    );
    const pending = compare(migrations, rows);
    for (const migration of pending) await apply(client, migration);
    return { applied: pending.map(({ name }) => name) };
  } finally {
    await client.end();
  }
}

function compare(migrations: readonly Migration[], rows: readonly AppliedRow[]): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { migration_name: name, checksum, finished_at: finished } of rows) {
    if (finished === null)
      throw new UnrollError(
        'conflict',
        `Migration ${name} failed earlier. Mend the database, then mark the row in _prisma_migrations as rolled back.`,
      );
    const migration = known.get(name);
    if (migration === undefined)
      throw new UnrollError(
        'conflict',
        `The database has migration ${name}, which this version of Unroll does not know: it was made by a newer one.`,
      );
    if (migration.checksum !== checksum)
      throw new UnrollError('conflict', `Migration ${name} was changed after it had been applied.`);
  }
  const applied = new Set(rows.map((row) => row.migration_name));
  return migrations.filter(({ name }) => !applied.has(name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`Migration ${name} failed and was taken back: ${String(error)}`, { cause: error });
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** The folder stands at the same place for the sources and for what is compiled from them, so it is looked for upwards. */
function shippedMigrations(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'prisma', 'migrations');
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) throw new Error('internal: prisma/migrations is not there');
  }
}

/** As Prisma makes it. */
const migrationsTable = `
CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;
