/** The logs of many jobs in one query each for where they stand and for what is new. */
import type { JobLog } from '../../domain/ports/job-log.ts';
import type { EpochMetrics } from '../../domain/training-jobs/training-job.ts';
import { isStorable } from './pages.ts';
import type { PrismaClient } from './prisma.ts';
import type * as Tables from './generated/client.ts';
import { toEvent } from './rows.ts';

export const jobLog = (prisma: PrismaClient): JobLog => ({
  heads: async (jobIds) => {
    const rows = await prisma.trainingJob.findMany({
      where: { id: { in: jobIds.filter(isStorable) } },
      select: {
        id: true,
        status: true,
        progress: true,
        epoch: true,
        step: true,
        metrics: true,
        attempt: true,
        startedAt: true,
        updatedAt: true,
        lastSequence: true,
      },
    });
    return rows.map((row) => ({ ...row, metrics: row.metrics as unknown as EpochMetrics | null }));
  },

  eventsAfter: async (positions, limit) => {
    const ids = positions.map(({ jobId }) => jobId);
    const sequences = positions.map(({ sequence }) => sequence);
    const rows = await prisma.$queryRaw<Tables.TrainingJobEvent[]>`
      SELECT event.id, event.job_id AS "jobId", event.sequence, event.type, event.level, event.data,
             event.created_at AS "createdAt"
      FROM unnest(${ids}::text[], ${sequences}::int[]) AS position (job_id, sequence)
      CROSS JOIN LATERAL (
        SELECT * FROM training_job_events
        WHERE job_id = position.job_id AND sequence > position.sequence
        ORDER BY sequence LIMIT ${limit}
      ) AS event
      ORDER BY event.job_id, event.sequence`;
    return rows.map(toEvent);
  },
});
