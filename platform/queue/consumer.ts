/**
 * The queue's receiving side, on BullMQ.
 *
 *   waiting → being handled → forgotten          (done, or `handle` threw)
 *                           → delayed → waiting  (again)
 *                           → waiting            (this process died: seen after about `stalledIntervalMs`)
 *
 * Deliveries may come twice; what was done stands in PostgreSQL alone.
 */
import { DelayedError, Worker, type Job } from 'bullmq';
import type { QueueName } from '../../domain/ports/queue.ts';
import type { Report } from '../../domain/ports/report.ts';
import { inTime, openRedis } from './redis-connection.ts';

/** done: the delivery is used up, whatever became of the row. again: deliver it again after this time. */
export type DeliveryOutcome =
  { readonly kind: 'done' } | { readonly kind: 'again'; readonly afterMs: number };

export interface ConsumerOptions {
  readonly redisUrl: string;
  readonly queue: QueueName;
  readonly concurrency: number;
  /** `signal` is aborted by `close`: hand back what was taken. What it throws is reported, and the delivery is used up. */
  readonly handle: (id: string, signal: AbortSignal) => Promise<DeliveryOutcome>;
  /** Lost connections (which are made again) and what `handle` throws. */
  readonly report: Report;
  /** How often deliveries are looked for whose worker died. */
  readonly stalledIntervalMs?: number;
}

export interface Consumer {
  /** Takes no more, aborts the signals of what is being handled, and waits for it. */
  close(): Promise<void>;
}

export function consume(options: ConsumerOptions): Consumer {
  const { redisUrl, queue, concurrency, handle, report, stalledIntervalMs = 5_000 } = options;
  // null: what belongs to a delivery in hand waits for Redis to come back, however long that takes.
  const closing = new AbortController();
  const connection = openRedis(redisUrl, {
    what: `consumer of ${queue}`,
    report,
    maxRetriesPerRequest: null,
    closing: closing.signal,
  });
  const handling = new Set<Promise<unknown>>();

  const outcomeOf = async (id: string): Promise<DeliveryOutcome> => {
    try {
      return await handle(id, closing.signal);
    } catch (error) {
      report(`Handling ${id} of ${queue} failed`, error);
      return { kind: 'done' };
    }
  };

  const worker = new Worker(
    queue,
    async (job: Job, token?: string) => {
      const outcome = outcomeOf(String(job.id));
      handling.add(outcome);
      try {
        const answer = await outcome;
        if (answer.kind === 'done') return;
        await job.moveToDelayed(Date.now() + answer.afterMs, token);
      } finally {
        handling.delete(outcome);
      }
      // Says that the delivery has a new place already.
      throw new DelayedError();
    },
    {
      connection,
      concurrency,
      stalledInterval: stalledIntervalMs,
      lockDuration: 2 * stalledIntervalMs,
      // How often a job may be started again is decided in PostgreSQL.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      // How long a wait for deliveries goes on over a connection that has silently died.
      drainDelay: 2,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  let lost = false;
  worker.on('error', (error) => {
    if (!lost) report(`The consumer of ${queue} is disturbed`, error);
    lost = true;
  });
  worker.on('active', () => {
    lost = false;
  });

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.allSettled(handling);
    // Without Redis there is nothing to wait for.
    await inTime(connection, worker.close()).catch((error: unknown) =>
      report(`The consumer of ${queue} is closed without Redis`, error),
    );
    connection.disconnect();
  };
  return { close: () => (closed ??= close()) };
}
