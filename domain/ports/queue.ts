/** Delivery only: PostgreSQL is the truth about a job. The delivery's id is the row's id; delivering twice does no harm. */
export type QueueName = 'ingest' | 'train' | 'predict';

export interface DeliveryQueue {
  deliver(queue: QueueName, id: string): Promise<void>;
  /** Takes back a delivery that no worker has taken yet. */
  withdraw(queue: QueueName, id: string): Promise<void>;
  /** How many workers are connected to the queue. */
  workerCount(queue: QueueName): Promise<number>;
  check(): Promise<void>;
}
