/** Housekeeping: jobs whose worker has not been heard of go back into the queue, or end. */
import type { Notifications } from '../ports/notifications.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';
import type { TrainingJob } from './training-job.ts';

interface Ports {
  readonly trainingJobs: Pick<TrainingJobRepository, 'recoverLost'>;
  readonly queue: Pick<DeliveryQueue, 'deliver'>;
  readonly notifications: Pick<Notifications, 'notify'>;
  readonly report: Report;
}

/** The jobs as they are now. Any number of processes may do this at once: each job is recovered by one of them. */
export async function recoverLostJobs(
  ports: Ports,
  limits: { lostAfterMs: number; maxAttempts: number },
): Promise<readonly TrainingJob[]> {
  const jobs = await ports.trainingJobs.recoverLost(limits.lostAfterMs, limits.maxAttempts);
  for (const { id, status } of jobs) {
    const calls = [ports.notifications.notify(`job-events:${id}`)];
    if (status === 'queued') calls.push(ports.queue.deliver('train', id));
    for (const call of await Promise.allSettled(calls))
      if (call.status === 'rejected') ports.report(`Training job ${id} is not delivered yet`, call.reason);
  }
  return jobs;
}
