/** The rows of checkpoints: written under the lease of the worker that has the job, read by whoever goes on from one. */
import type { CheckpointRepository } from '../../domain/ports/checkpoint-repository.ts';
import type { Lease } from '../../domain/ports/training-job-repository.ts';
import type { TrainingCheckpoint } from '../../domain/training-jobs/training-checkpoint.ts';
import type { TrainingJobEventType, TrainingJobStatus } from '../../domain/training-jobs/training-job.ts';
import type * as Tables from './generated/client.ts';
import { isStorable } from './pages.ts';
import type { Connection, Prisma, PrismaClient } from './prisma.ts';
import { newestCheckpointFirst } from './resumes-from.ts';
import { trainingJobTable } from './training-job-table.ts';
import { writeEvents, type NewEvent } from './transition.ts';

const withWorker = ['preparing', 'running', 'pausing', 'cancelling'] satisfies TrainingJobStatus[];
const held = ({ jobId, token }: Lease) => ({
  id: jobId,
  leaseToken: token,
  status: { in: withWorker },
});
/** How many of the newest are kept. */
const kept = 2;

const toCheckpoint = (row: Tables.TrainingCheckpoint): TrainingCheckpoint => ({
  ...row,
  bytes: Number(row.bytes),
});

/** Changes the row of a job that is still this worker's, which holds it until the end of the transaction. */
async function hold(
  connection: Connection,
  lease: Lease,
  data: Prisma.TrainingJobUncheckedUpdateManyInput,
): Promise<Tables.TrainingJob | null> {
  const [row] = await connection.trainingJob.updateManyAndReturn({ where: held(lease), data });
  return row ?? null;
}

/** An event that is no change of status. False when the lease is lost. */
async function note(
  connection: Connection,
  lease: Lease,
  event: NewEvent<TrainingJobEventType>,
): Promise<boolean> {
  const row = await hold(connection, lease, { lastSequence: { increment: 1 } });
  if (row === null) return false;
  await writeEvents(trainingJobTable, connection, row.id, row.lastSequence, [event]);
  return true;
}

/** Marks the best, removes the rows that are not kept, and answers their keys. */
async function dropOld(connection: Connection, jobId: string): Promise<readonly string[]> {
  const rows = await connection.trainingCheckpoint.findMany({
    where: { jobId },
    orderBy: newestCheckpointFirst,
  });
  // The newest first, so that the last of equals is the oldest: what holds the same best weights later is no better.
  const best = rows.reduce<Tables.TrainingCheckpoint | null>(
    (found, row) =>
      row.validationLoss !== null && row.validationLoss <= (found?.validationLoss ?? Infinity) ? row : found,
    null,
  );
  if (best?.isBest === false) {
    await connection.trainingCheckpoint.updateMany({
      where: { jobId, isBest: true },
      data: { isBest: false },
    });
    await connection.trainingCheckpoint.update({ where: { id: best.id }, data: { isBest: true } });
  }
  const dropped = rows.slice(kept).filter((row) => row !== best);
  await connection.trainingCheckpoint.deleteMany({ where: { id: { in: dropped.map(({ id }) => id) } } });
  return dropped.map(({ storageKey }) => storageKey);
}

export const checkpointRepository = (prisma: PrismaClient): CheckpointRepository => ({
  record: (lease, { trainedSeconds, ...checkpoint }) =>
    prisma.$transaction(async (transaction) => {
      // The job got on: what its workers were lost for before no longer counts.
      const row = await hold(transaction, lease, { trainedSeconds, timesLost: 0 });
      if (row === null) return { recorded: false, dropped: [] };
      const data = { ...checkpoint, jobId: row.id };
      await transaction.trainingCheckpoint.createMany({ data, skipDuplicates: true });
      return { recorded: true, dropped: await dropOld(transaction, row.id) };
    }),

  noteFailed: (lease, { code, message }) =>
    prisma.$transaction((transaction) =>
      note(transaction, lease, {
        type: 'training_job.checkpoint_failed',
        level: 'warning',
        data: { code, message },
      }),
    ),

  discard: (lease, id, reason) =>
    prisma.$transaction(async (transaction) => {
      if ((await hold(transaction, lease, {})) === null) return null;
      const where = { jobId: lease.jobId, id };
      const row = await transaction.trainingCheckpoint.findFirst({ where });
      if (row === null) return null;
      const { epoch, step, storageKey } = row;
      await transaction.trainingCheckpoint.deleteMany({ where });
      await dropOld(transaction, lease.jobId);
      await note(transaction, lease, {
        type: 'training_job.checkpoint_damaged',
        level: 'warning',
        data: { checkpoint: id, epoch, step, reason },
      });
      return storageKey;
    }),

  list: async (jobId) => {
    if (!isStorable(jobId)) return [];
    const query = { where: { jobId }, orderBy: newestCheckpointFirst };
    return (await prisma.trainingCheckpoint.findMany(query)).map(toCheckpoint);
  },

  find: async (jobId, id) => {
    if (!isStorable(jobId) || !isStorable(id)) return null;
    const row = await prisma.trainingCheckpoint.findFirst({ where: { jobId, id } });
    return row && toCheckpoint(row);
  },

  latest: async (jobId) => {
    if (!isStorable(jobId)) return null;
    const row = await prisma.trainingCheckpoint.findFirst({
      where: { jobId },
      orderBy: newestCheckpointFirst,
    });
    return row && toCheckpoint(row);
  },

  usesStorageKey: async (storageKey) =>
    isStorable(storageKey) &&
    (await prisma.trainingCheckpoint.findUnique({ where: { storageKey }, select: { id: true } })) !== null,
});
