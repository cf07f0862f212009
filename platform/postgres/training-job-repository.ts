/** Training jobs in PostgreSQL, for clients: making, reading, steering. What workers write is in job-work.ts. */
import type { TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import {
  isEnded,
  trainingJobStatuses,
  type EpochMetrics,
  type TrainingJobEventType,
} from '../../domain/training-jobs/training-job.ts';
import { noteResource } from './idempotency-repository.ts';
import { eventsAfter } from './job-events.ts';
import { jobWork } from './job-work.ts';
import { emptyPage, isStorable, newestFirst, pageOf, pageWhere } from './pages.ts';
import type { Connection, PrismaClient } from './prisma.ts';
import { paused, resumesFrom } from './resumes-from.ts';
import { asJson, toTrainingJob } from './rows.ts';
import { databaseTime, readQueueState } from './queue-state.ts';
import { moveTrainingJob, trainingJobTable } from './training-job-table.ts';
import { lockJob, writeEvents } from './transition.ts';

const ended = trainingJobStatuses.filter(isEnded);

/** The answer to a request that changed nothing. */
async function present(
  connection: Connection,
  id: string,
): ReturnType<TrainingJobRepository['requestPause']> {
  const row = await connection.trainingJob.findUnique({ where: { id } });
  return row && { job: toTrainingJob(row), changed: false };
}

export const trainingJobRepository = (prisma: PrismaClient): TrainingJobRepository => ({
  ...jobWork(prisma),

  create: async ({ specification, initializeFrom = null, ...job }, claim) =>
    prisma.$transaction(async (transaction) => {
      // Shared with other jobs, but not with the dataset's deletion, which waits for the end of this transaction.
      const ready = await transaction.$queryRaw<unknown[]>`
        SELECT id FROM datasets WHERE id = ${job.datasetId} AND status = 'ready' FOR SHARE`;
      if (ready.length === 0) return null;
      await noteResource(transaction, claim, job.id);
      const data = {
        ...job,
        specification: asJson(specification),
        ...(initializeFrom !== null && { initializeFrom: asJson(initializeFrom) }),
        lastSequence: 1,
      };
      const row = await transaction.trainingJob.create({ data });
      await writeEvents<TrainingJobEventType>(trainingJobTable, transaction, row.id, 1, [
        { type: 'training_job.queued', data: {} },
      ]);
      return toTrainingJob(row);
    }),

  find: async (id) => {
    const row = isStorable(id) ? await prisma.trainingJob.findUnique({ where: { id } }) : null;
    return row && toTrainingJob(row);
  },

  list: async ({ status, datasetId, modelName, limit, ...page }) => {
    if (!isStorable(datasetId) || !isStorable(modelName) || !isStorable(page.after)) return emptyPage;
    const where = {
      ...pageWhere({ limit, ...page }),
      ...(status !== undefined && { status }),
      ...(datasetId !== undefined && { datasetId }),
      ...(modelName !== undefined && { modelName }),
    };
    const rows = await prisma.trainingJob.findMany({ where, orderBy: newestFirst, take: limit + 1 });
    return pageOf(rows, limit, toTrainingJob);
  },

  queueState: (workersHeardWithinMs) => readQueueState(prisma, workersHeardWithinMs),

  setPriority: async (id, priority) => {
    if (!isStorable(id)) return null;
    return prisma.$transaction(async (transaction) => {
      const [changed] = await transaction.trainingJob.updateManyAndReturn({
        where: { id, status: { notIn: ended }, priority: { not: priority } },
        data: { priority },
      });
      return changed === undefined
        ? present(transaction, id)
        : { job: toTrainingJob(changed), changed: true };
    });
  },

  requestPause: async (id) => {
    if (!isStorable(id)) return null;
    return prisma.$transaction(async (transaction) => {
      await lockJob(trainingJobTable, transaction, id);
      const changed =
        (await moveTrainingJob(transaction, {
          where: { id },
          to: 'paused',
          from: ['queued'],
          event: paused(transaction),
        })) ??
        (await moveTrainingJob(transaction, {
          where: { id },
          to: 'pausing',
          event: () => ({ type: 'training_job.pausing', data: {} }),
        }));
      return changed === null ? present(transaction, id) : { job: toTrainingJob(changed), changed: true };
    });
  },

  resume: async (id) => {
    if (!isStorable(id)) return null;
    return prisma.$transaction(async (transaction) => {
      await lockJob(trainingJobTable, transaction, id);
      const type = 'training_job.resumed' satisfies TrainingJobEventType;
      const resumedBefore = (await transaction.trainingJobEvent.count({ where: { jobId: id, type } })) > 0;
      const changed = await moveTrainingJob(transaction, {
        where: { id },
        to: 'queued',
        from: ['paused'],
        data: { queuedAt: await databaseTime(transaction) },
        event: async () => ({ type, data: { resumes_from: await resumesFrom(transaction, id) } }),
      });
      const answer =
        changed === null ? await present(transaction, id) : { job: toTrainingJob(changed), changed: true };
      return answer && { ...answer, resumedBefore };
    });
  },

  delete: async (id) => {
    if (!isStorable(id)) return 'not_found';
    const { count } = await prisma.trainingJob.deleteMany({ where: { id, status: { in: ended } } });
    if (count === 1) return 'deleted';
    return (await prisma.trainingJob.count({ where: { id } })) === 0 ? 'not_found' : 'not_ended';
  },

  events: (jobId, { afterSequence: sequence, limit }) =>
    eventsAfter(prisma, 'training_job_events', [{ jobId, sequence }], limit),

  metrics: async (jobId) => {
    if (!isStorable(jobId)) return [];
    const rows = await prisma.epochPoint.findMany({ where: { jobId }, orderBy: { epoch: 'asc' } });
    return rows.map(({ metrics }) => metrics as unknown as EpochMetrics);
  },
});
