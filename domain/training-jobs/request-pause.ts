/** Asks for a pause: at once when the job waits, by its worker when one has it, which writes a checkpoint first. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { Notifications } from '../ports/notifications.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';
import type { TrainingJob } from './training-job.ts';

interface Ports {
  readonly trainingJobs: Pick<TrainingJobRepository, 'requestPause'>;
  readonly queue: Pick<DeliveryQueue, 'withdraw'>;
  readonly notifications: Pick<Notifications, 'notify'>;
  readonly report: Report;
}

/** Asking twice is the same as asking once. Throws `not_found`, or `conflict` when the job ended or is being cancelled. */
export async function requestPause(ports: Ports, id: string): Promise<TrainingJob> {
  const answer = await ports.trainingJobs.requestPause(id);
  if (answer === null) throw new UnrollError('not_found', `There is no training job ${id}.`);
  const { job, changed } = answer;
  if (job.status !== 'pausing' && job.status !== 'paused')
    throw new UnrollError(
      'conflict',
      `expected a training job that waits or runs, got one that is ${job.status}`,
    );

  // Repeated on a repeated request: the first call to the worker may have been lost.
  const calls: Promise<void>[] = [];
  if (job.status === 'pausing') calls.push(ports.notifications.notify(`job-control:${id}`));
  if (job.status === 'paused' && changed) calls.push(ports.queue.withdraw('train', id));
  if (changed) calls.push(ports.notifications.notify(`job-events:${id}`));
  for (const call of await Promise.allSettled(calls))
    if (call.status === 'rejected') ports.report(`The pause of ${id} will be noticed late`, call.reason);
  return job;
}
