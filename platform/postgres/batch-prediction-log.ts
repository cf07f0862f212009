/** The logs of batch predictions, for those who watch them. */
import type { JobLog, LogHead } from '../../domain/ports/job-log.ts';
import { isStorable } from './pages.ts';
import type { PrismaClient } from './prisma.ts';
import { toBatchPredictionEvent } from './rows.ts';

export const batchPredictionLog = (prisma: PrismaClient): JobLog<LogHead> => ({
  heads: (jobIds) =>
    prisma.batchPrediction.findMany({
      where: { id: { in: jobIds.filter(isStorable) } },
      select: { id: true, status: true, progress: true, lastSequence: true },
    }),

  eventsAfter: async (positions, limit) => {
    const found = await Promise.all(
      positions.map(({ jobId, sequence }) =>
        prisma.batchPredictionEvent.findMany({
          where: { jobId, sequence: { gt: sequence } },
          orderBy: { sequence: 'asc' },
          take: limit,
        }),
      ),
    );
    return found.flat().map(toBatchPredictionEvent);
  },
});
