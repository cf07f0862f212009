/** Asks for the end of a job: at once when it waits, by its worker when one has it. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { Notifications } from '../ports/notifications.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { TrainingJobStatus } from '../training-jobs/training-job.ts';
import { jobNames, type JobQueue } from './job-queue.ts';

export interface CancelPorts {
  readonly queue: Pick<DeliveryQueue, 'withdraw'>;
  readonly notifications: Pick<Notifications, 'notify'>;
  readonly report: Report;
}

/** Asking twice is the same as asking once. Throws `not_found`, or `conflict` when the job ended otherwise. */
export async function cancelJob<Job extends { readonly status: TrainingJobStatus }>(
  jobs: { requestCancel(id: string): Promise<{ readonly job: Job; readonly changed: boolean } | null> },
  queue: JobQueue,
  ports: CancelPorts,
  id: string,
): Promise<Job> {
  const name = jobNames[queue];
  const answer = await jobs.requestCancel(id);
  if (answer === null) throw new UnrollError('not_found', `There is no ${name.toLowerCase()} ${id}.`);
  const { job, changed } = answer;
  if (job.status === 'succeeded' || job.status === 'failed')
    throw new UnrollError('conflict', `${name} ${id} has already ${job.status}.`);

  // Repeated on a repeated request: the first call to the worker may have been lost.
  const calls: Promise<void>[] = [];
  if (job.status === 'cancelling') calls.push(ports.notifications.notify(`job-control:${id}`));
  if (job.status === 'cancelled' && changed) calls.push(ports.queue.withdraw(queue, id));
  if (changed) calls.push(ports.notifications.notify(`job-events:${id}`));
  for (const call of await Promise.allSettled(calls))
    if (call.status === 'rejected')
      ports.report(`The cancellation of ${id} will be noticed late`, call.reason);
  return job;
}
