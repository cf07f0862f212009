/** Training jobs as a kind of leased work. */
import {
  predecessors,
  type JobError,
  type TrainingJob,
  type TrainingJobEventType,
  type TrainingJobStatus,
} from '../../domain/training-jobs/training-job.ts';
import { trainingJobMessage } from '../../domain/webhooks/messages.ts';
import type * as Tables from './generated/client.ts';
import type { LeasedJobTable } from './leased-work.ts';
import { paused, resumesFrom } from './resumes-from.ts';
import { toTrainingJob } from './rows.ts';
import type { Connection } from './prisma.ts';
import { transition, type JobChange, type Transition } from './transition.ts';

export interface TrainingJobChange extends JobChange {
  workerId?: string | null;
  claimedAt?: Date;
  queuedAt?: Date;
}

const workerLost = (attempts: number): JobError => ({
  code: 'worker_lost',
  message: `The worker was lost ${attempts} ${attempts === 1 ? 'time' : 'times'} while it trained this job.`,
  hint: 'Often it was ended for want of memory: try a smaller batch_size, hidden_size or window length. The log of the worker may say more.',
});

export const trainingJobTable: LeasedJobTable<
  Tables.TrainingJob,
  TrainingJobStatus,
  TrainingJobChange,
  TrainingJobEventType,
  TrainingJob,
  JobError
> = {
  name: 'training_jobs',
  predecessors,
  update: ({ trainingJob }, where, data) => trainingJob.updateManyAndReturn({ where, data }),
  find: ({ trainingJob }, id) => trainingJob.findUnique({ where: { id } }),
  ids: ({ trainingJob }, where) =>
    trainingJob.findMany({ where, orderBy: { id: 'asc' }, select: { id: true } }),
  writeEvents: ({ trainingJobEvent }, data) => trainingJobEvent.createMany({ data }),
  message: (row) => trainingJobMessage(toTrainingJob(row)),
  toJob: toTrainingJob,
  eventTypes: {
    cancelling: 'training_job.cancelling',
    cancelled: 'training_job.cancelled',
    failed: 'training_job.failed',
  },
  working: ['preparing', 'running'],
  resting: [{ from: 'pausing', to: 'paused', event: paused }],
  // It goes on from its newest checkpoint.
  free: { leaseToken: null, heartbeatAt: null, workerId: null },
  restarted:
    (connection, reason) =>
    async ({ id, attempt }) => ({
      type: 'training_job.restarted',
      level: reason === 'worker_lost' ? 'warning' : 'info',
      data: { reason, attempt, resumes_from: await resumesFrom(connection, id) },
    }),
  workerLost,
};

/** The row after, or null when the conditions did not hold. */
export const moveTrainingJob = (
  connection: Connection,
  change: Transition<Tables.TrainingJob, TrainingJobStatus, TrainingJobChange, TrainingJobEventType>,
): Promise<Tables.TrainingJob | null> => transition(trainingJobTable, connection, change);
