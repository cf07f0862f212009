/** The logs of training jobs, for those who watch them. */
import type { JobLog } from '../../domain/ports/job-log.ts';
import type { EpochMetrics } from '../../domain/training-jobs/training-job.ts';
import { eventsAfter } from './job-events.ts';
import { isStorable } from './pages.ts';
import type { PrismaClient } from './prisma.ts';

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

  eventsAfter: (positions, limit) => eventsAfter(prisma, 'training_job_events', positions, limit),
});
