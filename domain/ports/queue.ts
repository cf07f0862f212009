/** Delivery only: PostgreSQL is the truth about a job. The delivery's id is the row's id; delivering twice does no harm. */
export type QueueName = 'ingest' | 'train';

export interface DeliveryQueue {
  deliver(queue: QueueName, id: string): Promise<void>;
  /** Takes back a delivery that no worker has taken yet. */
  withdraw(queue: QueueName, id: string): Promise<void>;
  /** How many workers are connected to the queue. */
  workerCount(queue: QueueName): Promise<number>;
  check(): Promise<void>;
}

/**
 * How the handling of one delivery ended. `retry` asks for the delivery again after a while; the others end it: what
 * became of the job stands in its row. A handler that throws counts as failed.
 */
export type Outcome =
  | { readonly status: 'done' | 'cancelled' }
  | { readonly status: 'retry'; readonly afterMs: number; readonly reason: string }
  | { readonly status: 'failed'; readonly reason: string };

/** Deals with one delivery. It may be called twice for the same id, also at the same time, and has to do no harm then. */
export type DeliveryHandler = (id: string) => Promise<Outcome>;
