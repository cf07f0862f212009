/** The connection pool and Prisma's client on it; and what a lost database looks like to the rest. */
import { Socket } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { Prisma, PrismaClient } from './generated/client.ts';

/** The client, or the one inside a transaction. */
export type Connection = Prisma.TransactionClient;
export { type PrismaClient, Prisma };

/** A server or a network that has silently gone is given up after this time; no query of ours takes so long. */
const silentForMs = 10_000;

export function connect(url: string, o: { silentForMs: number } = { silentForMs }): PrismaClient {
  const pool = {
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    stream: () => {
      const socket = new Socket();
      const late = new Error(`Connection terminated: the database said nothing for ${o.silentForMs} ms`);
      return socket.setTimeout(o.silentForMs, () => socket.destroy(late));
    },
    // A process that stops in the middle of a transaction (suspended, or cut off) must not hold its locks for ever.
    idle_in_transaction_session_timeout: 3_000,
  };
  // A connection that breaks while it is idle is made again at the next query, which is where a failure is reported.
  const adapter = new PrismaPg(pool, { onPoolError: () => undefined, onConnectionError: () => undefined });
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 10_000, timeout: 20_000 } });
}

/** The same repository, whose methods throw `unavailable` when the database can't be reached, and `storage_full` when its disk is full. */
export function sayingUnavailable<Repository extends object>(repository: Repository): Repository {
  const methods = Object.entries(repository).map(([name, method]: [string, unknown]) => [
    name,
    async (...parameters: unknown[]): Promise<unknown> => {
      try {
        return await (method as (...parameters: unknown[]) => Promise<unknown>)(...parameters);
      } catch (error) {
        if (isUnavailable(error))
          throw new UnrollError('unavailable', 'The database does not answer.', { cause: error });
        if (isFull(error))
          throw new UnrollError('storage_full', 'The database has no room left.', { cause: error });
        throw error;
      }
    },
  ]);
  return Object.fromEntries(methods) as Repository;
}

/** Prisma: can't reach, timed out, closed the connection, no connection in the pool in time, transaction not started in time. */
const unavailableCodes = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'ECONNREFUSED',
  'ECONNRESET',
]);
/** The driver's own errors, which reach us as they are («not queryable»: the connection had broken inside the transaction). PostgreSQL: shutting down, crashed, starting up, too many connections. */
const unavailableMessages =
  /Can't reach database|Connection terminated|Server has closed the connection|is not queryable|timeout exceeded when trying to connect|ECONNREFUSED|ECONNRESET|terminating connection|the database system is|too many clients|DatabaseNotReachable|ConnectionClosed|SocketTimeout/;

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof UnrollError) return false;
  const { code } = error as { code?: unknown };
  return (
    (typeof code === 'string' && unavailableCodes.has(code)) ||
    unavailableMessages.test(error.message) ||
    isUnavailable(error.cause)
  );
}

/** PostgreSQL's disk_full. */
const isFull = (error: unknown): boolean =>
  error instanceof Error && (error.message.includes('Code: `53100`') || isFull(error.cause));
