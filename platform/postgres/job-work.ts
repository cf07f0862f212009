/** What workers write of a training job, under its lease, beside what is the same of every job (leased-work.ts). */
import type { TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import type { TrainingJobEventType } from '../../domain/training-jobs/training-job.ts';
import { newId } from '../ids.ts';
import type * as Tables from './generated/client.ts';
import { Prisma, type Connection, type PrismaClient } from './prisma.ts';
import { asJson, toModelVersion, toTrainingJob } from './rows.ts';
import { databaseTime } from './queue-state.ts';
import { ending, held, leasedWork } from './leased-work.ts';
import { paused } from './resumes-from.ts';
import { moveTrainingJob, trainingJobTable } from './training-job-table.ts';
import { writeEvents } from './transition.ts';

type Work = Pick<
  TrainingJobRepository,
  | 'requestCancel'
  | 'queuedIds'
  | 'claim'
  | 'start'
  | 'heartbeat'
  | 'recordEpochs'
  | 'succeed'
  | 'fail'
  | 'cancel'
  | 'pause'
  | 'handBack'
  | 'loseAttempt'
  | 'recoverLost'
>;

type FinishedModel = Parameters<Work['succeed']>[1];
type RecordedEpoch = Parameters<Work['recordEpochs']>[1][number];

/** The points of epochs on the curves; one that is there is replaced. Answers the epochs that were new, in order. */
async function writePoints(
  connection: Connection,
  jobId: string,
  epochs: readonly RecordedEpoch[],
): Promise<readonly RecordedEpoch[]> {
  const present = new Set(
    (
      await connection.epochPoint.findMany({
        where: { jobId, epoch: { in: epochs.map(({ metrics }) => metrics.epoch) } },
        select: { epoch: true },
      })
    ).map(({ epoch }) => epoch),
  );
  const fresh = epochs.filter(({ metrics }) => !present.has(metrics.epoch));
  await connection.epochPoint.createMany({
    data: fresh.map(({ metrics }) => ({ jobId, epoch: metrics.epoch, metrics: asJson(metrics) })),
  });
  for (const { metrics } of epochs)
    if (present.has(metrics.epoch))
      await connection.epochPoint.updateMany({
        where: { jobId, epoch: metrics.epoch },
        data: { metrics: asJson(metrics) },
      });
  return fresh;
}

/** The model, made if it is new, with its next version, noted in the job's row too. */
async function writeVersion(
  connection: Connection,
  { id: jobId, datasetId, modelName }: Tables.TrainingJob,
  { card, ...file }: FinishedModel,
): Promise<ModelVersion> {
  // The model's row is locked from here on: jobs that end at once for the same name get numbers one after the other.
  const model = await connection.model.upsert({
    where: { name: modelName },
    create: { id: newId('mdl'), name: modelName, latestVersion: 1 },
    update: { latestVersion: { increment: 1 } },
  });
  const { id: modelId, latestVersion: version } = model;
  const row = await connection.modelVersion.create({
    data: { modelId, version, jobId, datasetId, card: asJson(card), ...file },
  });
  await connection.trainingJob.update({ where: { id: jobId }, data: { modelId, modelVersion: version } });
  return toModelVersion(row, modelName);
}

export function jobWork(prisma: PrismaClient): Work {
  const leased = leasedWork(prisma, trainingJobTable);
  return {
    ...leased,

    claim: async (id, leaseToken, workerId) => {
      const row = await prisma.$transaction(async (transaction) => {
        const now = await databaseTime(transaction);
        return moveTrainingJob(transaction, {
          where: { id },
          to: 'preparing',
          data: {
            leaseToken,
            workerId: workerId ?? null,
            heartbeatAt: now,
            claimedAt: now,
            attempt: { increment: 1 },
          },
          event: ({ attempt }) => ({ type: 'training_job.preparing', data: { attempt } }),
        });
      });
      return row && toTrainingJob(row);
    },

    start: async (lease) => {
      const row = await prisma.$transaction((transaction) =>
        moveTrainingJob(transaction, {
          where: held(lease),
          to: 'running',
          event: async ({ id, startedAt }) => {
            if (startedAt === null)
              await transaction.trainingJob.update({
                where: { id },
                data: { startedAt: await databaseTime(transaction) },
              });
            return { type: 'training_job.running', data: {} };
          },
        }),
      );
      return row !== null;
    },

    heartbeat: (lease, progress) =>
      leased.heartbeat(
        lease,
        progress &&
          Prisma.sql`progress = ${progress.progress}, epoch = ${progress.epoch}, step = ${progress.step},`,
      ),

    recordEpochs: async (lease, epochs) =>
      prisma.$transaction(async (transaction) => {
        const last = epochs.at(-1);
        if (last === undefined) throw new Error('internal: no epoch to record');
        const { epoch, step } = last.metrics;
        const [row] = await transaction.trainingJob.updateManyAndReturn({
          where: { ...held(lease), status: { in: ['running', 'pausing', 'cancelling'] } },
          data: { metrics: asJson(last.metrics), progress: last.progress, epoch, step },
          select: { id: true },
        });
        if (row === undefined) return false;
        const fresh = await writePoints(transaction, row.id, epochs);
        if (fresh.length === 0) return true;
        const { lastSequence } = await transaction.trainingJob.update({
          where: { id: row.id },
          data: { lastSequence: { increment: fresh.length } },
          select: { lastSequence: true },
        });
        await writeEvents<TrainingJobEventType>(
          trainingJobTable,
          transaction,
          row.id,
          lastSequence - fresh.length + 1,
          fresh.map(({ metrics, progress }) => ({
            type: 'training_job.epoch',
            data: { ...metrics, progress },
          })),
        );
        return true;
      }),

    succeed: async (lease, model) =>
      prisma.$transaction(async (transaction) => {
        const written: { version: ModelVersion | null } = { version: null };
        await moveTrainingJob(transaction, {
          where: held(lease),
          to: 'succeeded',
          data: { ...(await ending(trainingJobTable, transaction)), progress: 1 },
          event: async (row) => {
            written.version = await writeVersion(transaction, row, model);
            const { modelId: id, name, version } = written.version;
            return { type: 'training_job.succeeded', data: { model: { id, name, version } } };
          },
        });
        return written.version;
      }),

    pause: async (lease) => {
      const row = await prisma.$transaction((transaction) =>
        moveTrainingJob(transaction, {
          where: held(lease),
          to: 'paused',
          from: ['pausing'],
          data: trainingJobTable.free,
          event: paused(transaction),
        }),
      );
      return row !== null;
    },

    handBack: (lease, reason) =>
      leased.handBack(lease, reason, async (connection) =>
        reason === 'preempted' ? { queuedAt: await databaseTime(connection) } : {},
      ),
  };
}
