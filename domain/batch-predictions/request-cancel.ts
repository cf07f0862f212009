/** Asks for the end of a batch prediction: at once when it waits, by its worker when one has it. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { BatchPredictionRepository } from '../ports/batch-prediction-repository.ts';
import type { Notifications } from '../ports/notifications.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { BatchPrediction } from './batch-prediction.ts';

interface Ports {
  readonly batchPredictions: Pick<BatchPredictionRepository, 'requestCancel'>;
  readonly queue: Pick<DeliveryQueue, 'withdraw'>;
  readonly notifications: Pick<Notifications, 'notify'>;
  readonly report: Report;
}

/** Asking twice is the same as asking once. Throws `not_found`, or `conflict` when the job ended otherwise. */
export async function requestCancelBatchPrediction(ports: Ports, id: string): Promise<BatchPrediction> {
  const answer = await ports.batchPredictions.requestCancel(id);
  if (answer === null) throw new UnrollError('not_found', `There is no batch prediction ${id}`);
  const { job, changed } = answer;
  if (job.status === 'succeeded' || job.status === 'failed')
    throw new UnrollError('conflict', `Batch prediction ${id} has already ${job.status}.`);
  const calls: Promise<void>[] = [];
  if (job.status === 'cancelling') calls.push(ports.notifications.notify(`job-control:${id}`));
  if (job.status === 'cancelled' && changed) calls.push(ports.queue.withdraw('predict', id));
  if (changed) calls.push(ports.notifications.notify(`job-events:${id}`));
  for (const call of await Promise.allSettled(calls))
    if (call.status === 'rejected')
      ports.report(`The cancellation of ${id} will be noticed late`, call.reason);
  return job;
}
