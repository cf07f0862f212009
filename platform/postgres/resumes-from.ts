/** What the log says of jobs that stop for a while: where they go on. */
import type { ResumesFrom } from '../../domain/ports/training-job-repository.ts';
import type * as Tables from './generated/client.ts';
import { newestCheckpointFirst } from './checkpoint-repository.ts';
import type { Connection } from './prisma.ts';
import type { NewEvent } from './transition.ts';

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
  async ({ id }: Pick<Tables.TrainingJob, 'id'>): Promise<NewEvent> => ({
    type: 'training_job.paused',
    data: { resumes_from: await resumesFrom(connection, id) },
  });
