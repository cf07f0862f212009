/** Applies the database migrations and ends: the step before a deployment's processes start. Needs DATABASE_URL alone. */
import { readConfig } from '../platform/config/config.ts';
import { migrate } from '../platform/postgres/migrate.ts';

try {
  const { DATABASE_URL: url } = readConfig();
  if (url === undefined) throw new Error('DATABASE_URL: expected the address of a PostgreSQL, got nothing');
  const { applied } = await migrate(url);
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
