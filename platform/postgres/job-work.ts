/**
 * What workers write of a training job, under its lease, and what becomes of a job whose worker is lost.
 * A write that names a lease which is no longer the row's changes nothing.
 */
import type { Lease, TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import {
  isEnded,
  trainingJobStatuses,
  type EpochMetrics,
  type JobError,
  type TrainingJob,
} from '../../domain/training-jobs/training-job.ts';
import { newId } from '../ids.ts';
import type * as Tables from './generated/client.ts';
import { Prisma, type Connection, type PrismaClient } from './prisma.ts';
import { asJson, toModelVersion, toTrainingJob } from './rows.ts';
import { lockJob, transition, writeEvent, type NewEvent } from './transition.ts';

type Work = Pick<
  TrainingJobRepository,
  | 'claim'
  | 'start'
  | 'heartbeat'
  | 'recordEpoch'
  | 'succeed'
  | 'fail'
  | 'cancel'
  | 'handBack'
  | 'loseAttempt'
  | 'recoverLost'
>;

type FinishedModel = Parameters<Work['succeed']>[1];

const held = ({ jobId, token }: Lease) => ({ id: jobId, leaseToken: token });
const withWorker = trainingJobStatuses.filter((status) => status !== 'queued' && !isEnded(status));

/** An ended job is nobody's. */
const ending = () => ({ leaseToken: null, finishedAt: new Date() });

/** As before the first claim, but for what counts attempts. */
const startingAgain = {
  leaseToken: null,
  heartbeatAt: null,
  startedAt: null,
  progress: 0,
  epoch: 0,
  step: 0,
  metrics: Prisma.DbNull,
};

/** The point of an epoch on the curves. False when it was there: then it is replaced. */
async function writePoint(connection: Connection, jobId: string, metrics: EpochMetrics): Promise<boolean> {
  const { epoch } = metrics;
  const point = asJson(metrics);
  const { count } = await connection.epochPoint.updateMany({
    where: { jobId, epoch },
    data: { metrics: point },
  });
  if (count === 1) return false;
  await connection.epochPoint.create({ data: { jobId, epoch, metrics: point } });
  return true;
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

/** The log's entry of a job that waits again, whose curves start again. */
const restarted =
  (connection: Connection, reason: 'worker_stopped' | 'worker_lost') =>
  async ({ id, attempt }: Tables.TrainingJob): Promise<NewEvent> => {
    await connection.epochPoint.deleteMany({ where: { jobId: id } });
    return { type: 'training_job.restarted', level: 'warning', data: { reason, attempt } };
  };

const workerLost = (attempts: number): JobError => ({
  code: 'worker_lost',
  message: `The worker was lost ${attempts} ${attempts === 1 ? 'time' : 'times'} while it trained this job.`,
  hint: 'Often it was ended for want of memory: try a smaller batch_size, hidden_size or window length. The log of the worker may say more.',
});

async function recover(
  connection: Connection,
  lost: Prisma.TrainingJobWhereInput & { readonly id: string },
  maxAttempts: number,
  error: JobError,
): Promise<Tables.TrainingJob | null> {
  await lockJob(connection, lost.id);
  return (
    (await transition(connection, {
      where: lost,
      to: 'cancelled',
      data: ending(),
      event: () => ({ type: 'training_job.cancelled', data: {} }),
    })) ??
    (await transition(connection, {
      where: { ...lost, timesLost: { lt: maxAttempts - 1 } },
      to: 'queued',
      data: { ...startingAgain, timesLost: { increment: 1 } },
      event: restarted(connection, 'worker_lost'),
    })) ??
    (await transition(connection, {
      where: lost,
      to: 'failed',
      data: { ...ending(), timesLost: { increment: 1 }, error: asJson(error) },
      event: () => ({ type: 'training_job.failed', level: 'error', data: { error } }),
    }))
  );
}

export const jobWork = (prisma: PrismaClient): Work => ({
  claim: async (id, leaseToken) => {
    const row = await prisma.$transaction((transaction) =>
      transition(transaction, {
        where: { id },
        to: 'preparing',
        data: { leaseToken, heartbeatAt: new Date(), attempt: { increment: 1 } },
        event: ({ attempt }) => ({ type: 'training_job.preparing', data: { attempt } }),
      }),
    );
    return row && toTrainingJob(row);
  },

  start: async (lease) => {
    const now = new Date();
    const row = await prisma.$transaction((transaction) =>
      transition(transaction, {
        where: held(lease),
        to: 'running',
        data: { startedAt: now, heartbeatAt: now },
        event: () => ({ type: 'training_job.running', data: {} }),
      }),
    );
    return row !== null;
  },

  heartbeat: async (lease, progress) => {
    const [row] = await prisma.trainingJob.updateManyAndReturn({
      where: { ...held(lease), status: { in: withWorker } },
      data: { heartbeatAt: new Date(), ...progress },
      select: { status: true },
    });
    return row?.status ?? null;
  },

  recordEpoch: async (lease, metrics, progress) =>
    prisma.$transaction(async (transaction) => {
      const { epoch, step } = metrics;
      const [row] = await transaction.trainingJob.updateManyAndReturn({
        where: { ...held(lease), status: { in: ['running', 'cancelling'] } },
        data: { metrics: asJson(metrics), progress, epoch, step, heartbeatAt: new Date() },
        select: { id: true },
      });
      if (row === undefined) return false;
      if (!(await writePoint(transaction, row.id, metrics))) return true;
      const { lastSequence } = await transaction.trainingJob.update({
        where: { id: row.id },
        data: { lastSequence: { increment: 1 } },
        select: { lastSequence: true },
      });
      const data = { ...metrics, progress };
      await writeEvent(transaction, row.id, lastSequence, { type: 'training_job.epoch', data });
      return true;
    }),

  succeed: async (lease, model) =>
    prisma.$transaction(async (transaction) => {
      const written: { version: ModelVersion | null } = { version: null };
      await transition(transaction, {
        where: held(lease),
        to: 'succeeded',
        data: { ...ending(), progress: 1 },
        event: async (row) => {
          written.version = await writeVersion(transaction, row, model);
          const { modelId: id, name, version } = written.version;
          return { type: 'training_job.succeeded', data: { model: { id, name, version } } };
        },
      });
      return written.version;
    }),

  fail: async (lease, error) => {
    const row = await prisma.$transaction((transaction) =>
      transition(transaction, {
        where: held(lease),
        to: 'failed',
        data: { ...ending(), error: asJson(error) },
        event: () => ({ type: 'training_job.failed', level: 'error', data: { error } }),
      }),
    );
    return row !== null;
  },

  cancel: async (lease) => {
    const row = await prisma.$transaction((transaction) =>
      transition(transaction, {
        where: held(lease),
        to: 'cancelled',
        data: ending(),
        event: () => ({ type: 'training_job.cancelled', data: {} }),
      }),
    );
    return row !== null;
  },

  handBack: async (lease) => {
    const row = await prisma.$transaction((transaction) =>
      transition(transaction, {
        where: held(lease),
        to: 'queued',
        data: startingAgain,
        event: restarted(transaction, 'worker_stopped'),
      }),
    );
    return row !== null;
  },

  loseAttempt: async (lease, maxAttempts, error) => {
    const row = await prisma.$transaction((transaction) =>
      recover(transaction, held(lease), maxAttempts, error),
    );
    return row?.status ?? null;
  },

  recoverLost: async (before, maxAttempts) => {
    const lost = { status: { in: withWorker }, heartbeatAt: { lt: before } };
    const query = { where: lost, orderBy: { id: 'asc' }, select: { id: true } } as const;
    const recovered: TrainingJob[] = [];
    // One transaction each: of processes that do this at once, each job is recovered by the first to come.
    for (const { id } of await prisma.trainingJob.findMany(query)) {
      const where = { id, heartbeatAt: lost.heartbeatAt };
      const row = await prisma.$transaction((transaction) =>
        recover(transaction, where, maxAttempts, workerLost(maxAttempts)),
      );
      if (row !== null) recovered.push(toTrainingJob(row));
    }
    return recovered;
  },
});
