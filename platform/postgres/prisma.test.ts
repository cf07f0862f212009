import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { freshDatabase } from '../../test/support/backing-services.ts';
import { connect, sayingUnavailable, type Connection } from './prisma.ts';

const backendOf = async (connection: Connection): Promise<number> => {
  const [row] = await connection.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  return row!.pid;
};

it.each(['noticed before the next query', 'met by the next query'])(
  'a connection that breaks between two queries of a transaction means that the database does not answer (%s)',
  async (when) => {
    const url = await freshDatabase({ migrated: false });
    const prisma = connect(url);
    const killer = new pg.Client({ connectionString: url });
    await killer.connect();
    onTestFinished(async () => {
      await Promise.all([prisma.$disconnect(), killer.end()]);
    });
    const { change } = sayingUnavailable({
      change: () =>
        prisma.$transaction(async (transaction) => {
          const pid = await backendOf(transaction);
          await killer.query('SELECT pg_terminate_backend($1)', [pid]);
          if (when.startsWith('noticed')) await delay(300);
          await backendOf(transaction);
        }),
    });
    await expect(change()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await backendOf(prisma)).toBeGreaterThan(0);
  },
);
