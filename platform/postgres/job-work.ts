/**
 * What workers write of a training job, under its lease, and what becomes of a job whose worker is lost.
 * A write that names a lease which is no longer the row's changes nothing.
 */
import type {
  HandBackReason,
  Lease,
  TrainingJobRepository,
} from '../../domain/ports/training-job-repository.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import {
  type JobError,
  type TrainingJob,
  type TrainingJobStatus,
} from '../../domain/training-jobs/training-job.ts';
import { newId } from '../ids.ts';
import type * as Tables from './generated/client.ts';
import { Prisma, type Connection, type PrismaClient } from './prisma.ts';
import { asJson, toModelVersion, toTrainingJob } from './rows.ts';
import { databaseTime } from './queue-state.ts';
import { paused, resumesFrom } from './resumes-from.ts';
import { lockJob, transition, writeEvents, type NewEvent } from './transition.ts';

type Work = Pick<
  TrainingJobRepository,
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

const held = ({ jobId, token }: Lease) => ({ id: jobId, leaseToken: token });
const withWorker = ['preparing', 'running', 'pausing', 'cancelling'] satisfies TrainingJobStatus[];

/** A job that no worker has. How far it got stays in the row: it goes on from its newest checkpoint. */
const free = { leaseToken: null, heartbeatAt: null, workerId: null };
/** By the database's clock, as all times of a row: a worker's own may be wrong. */
const ending = async (connection: Connection) => ({ ...free, finishedAt: await databaseTime(connection) });

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

/** The log's entry of a job that waits again. */
const restarted =
  (connection: Connection, reason: HandBackReason | 'worker_lost') =>
  async ({ id, attempt }: Tables.TrainingJob): Promise<NewEvent> => ({
    type: 'training_job.restarted',
    level: reason === 'worker_lost' ? 'warning' : 'info',
    data: { reason, attempt, resumes_from: await resumesFrom(connection, id) },
  });

const cancelled = (): NewEvent => ({ type: 'training_job.cancelled', data: {} });

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
      from: ['cancelling'],
      data: await ending(connection),
      event: cancelled,
    })) ??
    (await transition(connection, {
      where: lost,
      to: 'paused',
      from: ['pausing'],
      data: { ...free, timesLost: { increment: 1 } },
      event: paused(connection),
    })) ??
    (await transition(connection, {
      where: { ...lost, timesLost: { lt: maxAttempts - 1 } },
      to: 'queued',
      from: ['preparing', 'running'],
      data: { ...free, timesLost: { increment: 1 } },
      event: restarted(connection, 'worker_lost'),
    })) ??
    (await transition(connection, {
      where: lost,
      to: 'failed',
      data: { ...(await ending(connection)), timesLost: { increment: 1 }, error: asJson(error) },
      event: () => ({ type: 'training_job.failed', level: 'error', data: { error } }),
    }))
  );
}

export const jobWork = (prisma: PrismaClient): Work => ({
  claim: async (id, leaseToken, workerId) => {
    const row = await prisma.$transaction(async (transaction) => {
      const now = await databaseTime(transaction);
      return transition(transaction, {
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
      transition(transaction, {
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

  heartbeat: async ({ jobId, token }, progress) => {
    const reached = progress
      ? Prisma.sql`progress = ${progress.progress}, epoch = ${progress.epoch}, step = ${progress.step},`
      : Prisma.empty;
    const [row] = await prisma.$queryRaw<{ status: TrainingJobStatus }[]>`
      UPDATE training_jobs SET ${reached} heartbeat_at = now(), updated_at = now()
      WHERE id = ${jobId} AND lease_token = ${token} AND status::text = ANY(${withWorker})
      RETURNING status::text`;
    return row?.status ?? null;
  },

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
      await writeEvents(
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
      await transition(transaction, {
        where: held(lease),
        to: 'succeeded',
        data: { ...(await ending(transaction)), progress: 1 },
        event: async (row) => {
          written.version = await writeVersion(transaction, row, model);
          const { modelId: id, name, version } = written.version;
          return { type: 'training_job.succeeded', data: { model: { id, name, version } } };
        },
      });
      return written.version;
    }),

  fail: async (lease, error) => {
    const row = await prisma.$transaction(async (transaction) =>
      transition(transaction, {
        where: held(lease),
        to: 'failed',
        data: { ...(await ending(transaction)), error: asJson(error) },
        event: () => ({ type: 'training_job.failed', level: 'error', data: { error } }),
      }),
    );
    return row !== null;
  },

  cancel: async (lease) => {
    const row = await prisma.$transaction(async (transaction) =>
      transition(transaction, {
        where: held(lease),
        to: 'cancelled',
        from: ['cancelling'],
        data: await ending(transaction),
        event: cancelled,
      }),
    );
    return row !== null;
  },

  pause: async (lease) => {
    const row = await prisma.$transaction((transaction) =>
      transition(transaction, {
        where: held(lease),
        to: 'paused',
        from: ['pausing'],
        data: free,
        event: paused(transaction),
      }),
    );
    return row !== null;
  },

  handBack: async (lease, reason) => {
    const where = held(lease);
    const row = await prisma.$transaction(async (transaction) => {
      await lockJob(transaction, lease.jobId);
      return (
        (await transition(transaction, {
          where,
          to: 'queued',
          from: ['preparing', 'running'],
          data: { ...free, ...(reason === 'preempted' && { queuedAt: await databaseTime(transaction) }) },
          event: restarted(transaction, reason),
        })) ??
        (await transition(transaction, {
          where,
          to: 'paused',
          from: ['pausing'],
          data: free,
          event: paused(transaction),
        })) ??
        (await transition(transaction, {
          where,
          to: 'cancelled',
          from: ['cancelling'],
          data: await ending(transaction),
          event: cancelled,
        }))
      );
    });
    return row?.status ?? null;
  },

  loseAttempt: async (lease, maxAttempts, error) => {
    const row = await prisma.$transaction((transaction) =>
      recover(transaction, held(lease), maxAttempts, error),
    );
    return row?.status ?? null;
  },

  recoverLost: async (silentForMs, maxAttempts) => {
    const lost = {
      status: { in: withWorker },
      heartbeatAt: { lt: await databaseTime(prisma, silentForMs) },
    };
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
