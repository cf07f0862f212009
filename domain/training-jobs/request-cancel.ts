/** Asks for the end of a job: at once when it waits, by its worker when one has it. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { Notifications } from '../ports/notifications.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';
import type { TrainingJob } from './training-job.ts';

interface Ports {
  readonly trainingJobs: Pick<TrainingJobRepository, 'requestCancel'>;
  readonly queue: Pick<DeliveryQueue, 'withdraw'>;
  readonly notifications: Pick<Notifications, 'notify'>;
  readonly report: Report;
}

/** Asking twice is the same as asking once. Throws `not_found`, or `conflict` when the job ended otherwise. */
export async function requestCancel(ports: Ports, id: string): Promise<TrainingJob> {
  const answer = await ports.trainingJobs.requestCancel(id);
  if (answer === null) throw new UnrollError('not_found', `There is no training job ${id}.`);
  const { job, changed } = answer;
  if (job.status === 'succeeded' || job.status === 'failed')
    throw new UnrollError('conflict', `Training job ${id} has already ${job.status}.`);

  // Repeated on a repeated request: the first call to the worker may have been lost.
  const calls: Promise<void>[] = [];
  if (job.status === 'cancelling') calls.push(ports.notifications.notify(`job-control:${id}`));
  if (job.status === 'cancelled' && changed) calls.push(ports.queue.withdraw('train', id));
  if (changed) calls.push(ports.notifications.notify(`job-events:${id}`));
  for (const call of await Promise.allSettled(calls))
    if (call.status === 'rejected')
      ports.report(`The cancellation of ${id} will be noticed late`, call.reason);
  return job;
}
