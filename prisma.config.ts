/** Settings of the Prisma command line. The service itself applies migrations with platform/postgres/migrate.ts. */
import process from 'node:process';
import { defineConfig } from 'prisma/config';

// The command line fetches a native schema engine before every command, which fails without internet. These three never
// run it, so any file that exists will do. Others do run it: `migrate deploy` would end without an error and apply nothing.
if (['generate', 'validate', 'format'].includes(process.argv[2] ?? ''))
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
