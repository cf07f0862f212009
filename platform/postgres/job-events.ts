/** The durable logs of jobs: what follows a place, of many jobs in one query. */
import type { JobEvent } from '../../domain/jobs/job-event.ts';
import { isStorable } from './pages.ts';
import { Prisma, type PrismaClient } from './prisma.ts';

interface Position {
  readonly jobId: string;
  readonly sequence: number;
}

/** `limit` of each job at most; in order within a job. */
export async function eventsAfter<Type extends string>(
  prisma: PrismaClient,
  table: 'training_job_events' | 'batch_prediction_events',
  positions: readonly Position[],
  limit: number,
): Promise<JobEvent<Type>[]> {
  const storable = positions.filter(({ jobId }) => isStorable(jobId));
  if (storable.length === 0) return [];
  const ids = storable.map(({ jobId }) => jobId);
  const sequences = storable.map(({ sequence }) => sequence);
  return prisma.$queryRaw<JobEvent<Type>[]>`
    SELECT event.id, event.job_id AS "jobId", event.sequence, event.type, event.level, event.data,
           event.created_at AS "createdAt"
    FROM unnest(${ids}::text[], ${sequences}::int[]) AS position (job_id, sequence)
    CROSS JOIN LATERAL (
      SELECT * FROM ${Prisma.raw(table)}
      WHERE job_id = position.job_id AND sequence > position.sequence
      ORDER BY sequence LIMIT ${limit}
    ) AS event
    ORDER BY event.job_id, event.sequence`;
}
