/** Connections to Redis that outlive its restarts: made again within a second, failures reported once for each outage. */
import { Redis } from 'ioredis';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { Report } from '../../domain/ports/report.ts';

export type { Redis };

interface Connection {
  /** What a command does while Redis is away: wait for ever (null), or fail after so many attempts to connect. */
  readonly maxRetriesPerRequest: number | null;
  readonly what: string;
  readonly report: Report;
  /** Aborted: a lost connection is not made again. Copies of the connection heed it too. */
  readonly closing?: AbortSignal;
}

export function openRedis(url: string, { maxRetriesPerRequest, what, report, closing }: Connection): Redis {
  const connection = new Redis(url, {
    maxRetriesPerRequest,
    retryStrategy: (times) => (closing?.aborted === true ? null : Math.min(times * 100, 1_000)),
    // A command that was on its way when the connection broke fails; it is not sent twice.
    autoResendUnfulfilledCommands: false,
  });
  let lost = false;
  connection.on('error', (error: Error) => {
    if (!lost) report(`The ${what} has lost Redis`, error);
    lost = true;
  });
  connection.on('ready', () => {
    lost = false;
  });
  return connection;
}

/** Fails with `unavailable` when Redis fails, or does not answer in time: a short one while there is no connection. */
export async function inTime<Answer>({ status }: Redis, answer: Promise<Answer>): Promise<Answer> {
  const timeoutMs = status === 'ready' ? 5_000 : 1_000;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    throw new UnrollError('unavailable', 'Redis does not answer.', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
