/** Takes deliveries from a queue. */
import type { QueueName } from '../../domain/ports/queue.ts';

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
  readonly report: (message: string, error: unknown) => void;
}

export interface Consumer {
  /** Takes no more, aborts the signals of what is being handled, and waits for it. */
  close(): Promise<void>;
}

export declare function consume(options: ConsumerOptions): Consumer;
