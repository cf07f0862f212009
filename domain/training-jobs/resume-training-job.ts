/** Lets a paused job go on: it waits for a worker again, and trains from its newest checkpoint. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { Notifications } from '../ports/notifications.ts';
import type { DeliveryQueue } from '../ports/queue.ts';
import type { Report } from '../ports/report.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';
import type { TrainingJob } from './training-job.ts';

interface Ports {
  readonly trainingJobs: Pick<TrainingJobRepository, 'resume'>;
  readonly queue: Pick<DeliveryQueue, 'deliver'>;
  readonly notifications: Pick<Notifications, 'notify'>;
  readonly report: Report;
}

/**
 * Asking again while the job goes on is the same as asking once. Throws `not_found`, or `conflict` for a job that never was paused,
 * is not paused yet, is being cancelled or has ended.
 */
export async function resumeTrainingJob(ports: Ports, id: string): Promise<TrainingJob> {
  const answer = await ports.trainingJobs.resume(id);
  if (answer === null) throw new UnrollError('not_found', `There is no training job ${id}.`);
  const { job, changed, resumedBefore } = answer;
  const goesOn = job.status === 'queued' || job.status === 'preparing' || job.status === 'running';
  if (!changed && !(goesOn && resumedBefore))
    throw new UnrollError(
      'conflict',
      `expected a training job that is paused, got one that is ${job.status}${job.status === 'pausing' ? ': wait until it is paused' : ''}`,
    );

  const calls: Promise<void>[] = [];
  if (job.status === 'queued') calls.push(ports.queue.deliver('train', id));
  if (changed) calls.push(ports.notifications.notify(`job-events:${id}`));
  for (const call of await Promise.allSettled(calls))
    if (call.status === 'rejected') ports.report(`Training job ${id} is not delivered yet`, call.reason);
  return job;
}
