/** Housekeeping: jobs whose worker has not been heard of go back into the queue, or end. */
import type { Notifications } from '../ports/notifications.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { TrainingJobStatus } from '../training-jobs/training-job.ts';
import { jobNames, type JobQueue } from './job-queue.ts';

export interface RecoveryPorts {
  readonly queue: Pick<DeliveryQueue, 'deliver'>;
  readonly notifications: Pick<Notifications, 'notify'>;
  readonly report: Report;
}

export interface RecoveryLimits {
  readonly lostAfterMs: number;
  readonly maxAttempts: number;
}

/** The jobs as they are now. Any number of processes may do this at once: each job is recovered by one of them. */
export async function recoverLost<Job extends { readonly id: string; readonly status: TrainingJobStatus }>(
  jobs: { recoverLost(silentForMs: number, maxAttempts: number): Promise<readonly Job[]> },
  queue: JobQueue,
  ports: RecoveryPorts,
  limits: RecoveryLimits,
): Promise<readonly Job[]> {
  const recovered = await jobs.recoverLost(limits.lostAfterMs, limits.maxAttempts);
  for (const { id, status } of recovered) {
    const calls = [ports.notifications.notify(`job-events:${id}`)];
    if (status === 'queued') calls.push(ports.queue.deliver(queue, id));
    for (const call of await Promise.allSettled(calls))
      if (call.status === 'rejected')
        ports.report(`${jobNames[queue]} ${id} is not delivered yet`, call.reason);
  }
  return recovered;
}
