/** Housekeeping: batch predictions whose worker has not been heard of go back into the queue, or end. */
import type { BatchPredictionRepository } from '../ports/batch-prediction-repository.ts';
import type { Notifications } from '../ports/notifications.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { BatchPrediction } from './batch-prediction.ts';

interface Ports {
  readonly batchPredictions: Pick<BatchPredictionRepository, 'recoverLost'>;
  readonly queue: Pick<DeliveryQueue, 'deliver'>;
  readonly notifications: Pick<Notifications, 'notify'>;
  readonly report: Report;
}

/** The jobs as they are now. Any number of processes may do this at once: each job is recovered by one of them. */
export async function recoverLostBatchPredictions(
  ports: Ports,
  limits: { lostAfterMs: number; maxAttempts: number },
): Promise<readonly BatchPrediction[]> {
  const jobs = await ports.batchPredictions.recoverLost(limits.lostAfterMs, limits.maxAttempts);
  for (const { id, status } of jobs) {
    const calls = [ports.notifications.notify(`job-events:${id}`)];
    if (status === 'queued') calls.push(ports.queue.deliver('predict', id));
    for (const call of await Promise.allSettled(calls))
      if (call.status === 'rejected')
        ports.report(`Batch prediction ${id} is not delivered yet`, call.reason);
  }
  return jobs;
}
