/** The logs of batch predictions, for those who watch them. */
import type { JobLog, LogHead } from '../../domain/ports/job-log.ts';
import { eventsAfter } from './job-events.ts';
import { isStorable } from './pages.ts';
import type { PrismaClient } from './prisma.ts';

export const batchPredictionLog = (prisma: PrismaClient): JobLog<LogHead> => ({
  heads: (jobIds) =>
    prisma.batchPrediction.findMany({
      where: { id: { in: jobIds.filter(isStorable) } },
      select: { id: true, status: true, progress: true, lastSequence: true },
    }),

  eventsAfter: (positions, limit) => eventsAfter(prisma, 'batch_prediction_events', positions, limit),
});
