/** The queues of what can be cancelled, and is recovered when its worker is lost; and how messages call one of it. */
import type { QueueName } from '../ports/queue.ts';

export type JobQueue = Exclude<QueueName, 'ingest'>;

export const jobNames: Record<JobQueue, string> = { train: 'Training job', predict: 'Batch prediction' };
