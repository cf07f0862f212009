/**
 * How the handling of one delivery ended, and what that means for the delivery. What became of the dataset or the job
 * stands in its row; a delivery only has to be used up, or to come again.
 */
import type { QueueName } from '../../domain/ports/queue.ts';
import type { DeliveryOutcome } from '../../platform/queue/consumer.ts';

export type Outcome =
  | { readonly status: 'done' }
  | { readonly status: 'cancelled' }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'retry'; readonly afterMs: number; readonly reason: string };

/** `signal` aborts when the worker is to end. May be called twice for the same id, also at the same time. */
export type Handler = (id: string, signal: AbortSignal) => Promise<Outcome>;

export const deliveryOutcome = (outcome: Outcome): DeliveryOutcome =>
  outcome.status === 'retry' ? { kind: 'again', afterMs: outcome.afterMs } : { kind: 'done' };

interface Log {
  info(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** The handler as the queue's consumer wants it: every end is logged, and what was thrown counts as failed. */
export const handleDelivery =
  (queue: QueueName, handler: Handler, log: Log) =>
  async (id: string, signal: AbortSignal): Promise<DeliveryOutcome> => {
    // What arrives while the worker stops is for another one.
    if (signal.aborted) return { kind: 'again', afterMs: 0 };
    let outcome: Outcome;
    try {
      outcome = await handler(id, signal);
    } catch (error) {
      log.error({ queue, id, err: error }, 'the handler threw');
      outcome = { status: 'failed', reason: String(error) };
    }
    log.info({ queue, id, ...outcome }, `delivery ${outcome.status}`);
    return deliveryOutcome(outcome);
  };
