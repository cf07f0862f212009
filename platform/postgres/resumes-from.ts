/** What the log says of jobs that stop for a while: where they go on. */
import type { ResumesFrom } from '../../domain/ports/training-job-repository.ts';
import type * as Tables from './generated/client.ts';
import type { Connection, Prisma } from './prisma.ts';
import type { NewEvent } from './transition.ts';
import type { TrainingJobEventType } from '../../domain/training-jobs/training-job.ts';

/** By steps, not by the clocks of the workers that made their ids. */
export const newestCheckpointFirst = [
  { step: 'desc' },
  { epoch: 'desc' },
  { id: 'desc' },
] satisfies Prisma.TrainingCheckpointOrderByWithRelationInput[];

export async function resumesFrom(connection: Connection, jobId: string): Promise<ResumesFrom> {
  return connection.trainingCheckpoint.findFirst({
    where: { jobId },
    orderBy: newestCheckpointFirst,
    select: { epoch: true, step: true },
  });
}

/** The log's entry of a job that was paused. */
export const paused =
  (connection: Connection) =>
  async ({ id }: Pick<Tables.TrainingJob, 'id'>): Promise<NewEvent<TrainingJobEventType>> => ({
    type: 'training_job.paused',
    data: { resumes_from: await resumesFrom(connection, id) },
  });
