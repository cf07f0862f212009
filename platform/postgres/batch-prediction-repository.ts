/** Batch predictions in PostgreSQL: every change of a status is one conditional UPDATE, with its event in the same transaction. */
import {
  batchNotEnded,
  batchPredecessors,
  batchTransitions,
  type BatchPrediction,
  type BatchPredictionError,
  type BatchPredictionEvent,
  type BatchPredictionStatus,
} from '../../domain/batch-predictions/batch-prediction.ts';
import type { BatchPredictionRepository } from '../../domain/ports/batch-prediction-repository.ts';
import type { Lease } from '../../domain/ports/training-job-repository.ts';
import { batchPredictionMessage, datasetMessage } from '../../domain/webhooks/messages.ts';
import { newId } from '../ids.ts';
import type * as Tables from './generated/client.ts';
import { noteResource } from './idempotency-repository.ts';
import { emptyPage, isStorable, newestFirst, pageOf, pageWhere } from './pages.ts';
import type { Connection, Prisma, PrismaClient } from './prisma.ts';
import { databaseTime } from './queue-state.ts';
import { asJson, toBatchPrediction, toBatchPredictionEvent, toDataset } from './rows.ts';
import { announce } from './webhook-outbox.ts';

type NewEvent = Pick<BatchPredictionEvent, 'type' | 'data'> & {
  readonly level?: BatchPredictionEvent['level'];
};

/** A job that no worker has. */
const free = { leaseToken: null, heartbeatAt: null };
const ending = async (connection: Connection) => ({ ...free, finishedAt: await databaseTime(connection) });
const held = ({ jobId, token }: Lease) => ({ id: jobId, leaseToken: token });
const cancelled = (): NewEvent => ({ type: 'batch_prediction.cancelled', data: {} });

const workerLost = (attempts: number): BatchPredictionError => ({
  code: 'worker_lost',
  message: `The worker was lost ${attempts} ${attempts === 1 ? 'time' : 'times'} in a row while it predicted.`,
  hint: 'Often it was ended for want of memory: give it more, or split the dataset. The log of the worker may say more.',
});

async function writeEvent(
  connection: Connection,
  jobId: string,
  sequence: number,
  { type, data, level = 'info' }: NewEvent,
): Promise<void> {
  await connection.batchPredictionEvent.create({
    data: { id: newId('evt'), jobId, sequence, type, level, data: asJson(data) },
  });
}

async function transition(
  connection: Connection,
  o: {
    readonly where: Prisma.BatchPredictionWhereInput & { readonly id: string };
    readonly to: BatchPredictionStatus;
    readonly from?: readonly BatchPredictionStatus[];
    readonly data?: Prisma.BatchPredictionUncheckedUpdateManyInput;
    readonly event: (row: Tables.BatchPrediction) => NewEvent;
  },
): Promise<Tables.BatchPrediction | null> {
  const from = batchPredecessors(o.to).filter((status) => o.from?.includes(status) !== false);
  const [row] = await connection.batchPrediction.updateManyAndReturn({
    where: { ...o.where, status: { in: from } },
    data: { ...o.data, status: o.to, lastSequence: { increment: 1 } },
  });
  if (row === undefined) return null;
  await writeEvent(connection, row.id, row.lastSequence, o.event(row));
  await announce(connection, batchPredictionMessage(toBatchPrediction(row)));
  return row;
}

async function lock(connection: Connection, id: string): Promise<void> {
  await connection.$queryRaw`SELECT id FROM batch_predictions WHERE id = ${id} FOR UPDATE`;
}

const restarted =
  (reason: 'worker_lost' | 'worker_stopped') =>
  ({ attempt, position }: Tables.BatchPrediction): NewEvent => ({
    type: 'batch_prediction.restarted',
    level: reason === 'worker_lost' ? 'warning' : 'info',
    data: { reason, attempt, resumes_from: Number(position) },
  });

async function recover(
  connection: Connection,
  lost: Prisma.BatchPredictionWhereInput & { readonly id: string },
  maxAttempts: number,
  error: BatchPredictionError,
): Promise<Tables.BatchPrediction | null> {
  await lock(connection, lost.id);
  return (
    (await transition(connection, {
      where: lost,
      to: 'cancelled',
      from: ['cancelling'],
      data: await ending(connection),
      event: cancelled,
    })) ??
    (await transition(connection, {
      where: { ...lost, timesLost: { lt: maxAttempts - 1 } },
      to: 'queued',
      from: ['running'],
      data: { ...free, timesLost: { increment: 1 } },
      event: restarted('worker_lost'),
    })) ??
    (await transition(connection, {
      where: lost,
      to: 'failed',
      data: { ...(await ending(connection)), timesLost: { increment: 1 }, error: asJson(error) },
      event: () => ({ type: 'batch_prediction.failed', level: 'error', data: { error } }),
    }))
  );
}

export const batchPredictionRepository = (prisma: PrismaClient): BatchPredictionRepository => ({
  create: async ({ id, datasetId, model, name, columns }, claim) =>
    prisma.$transaction(async (transaction) => {
      // Shared with other jobs, but not with deletions, which wait for the end of this transaction.
      const ready = await transaction.$queryRaw<unknown[]>`
        SELECT id FROM datasets WHERE id = ${datasetId} AND status = 'ready' FOR SHARE`;
      if (ready.length === 0) return 'no_dataset';
      const there = await transaction.$queryRaw<unknown[]>`
        SELECT version FROM model_versions WHERE model_id = ${model.id} AND version = ${model.version} FOR SHARE`;
      if (there.length === 0) return 'no_model';
      await noteResource(transaction, claim, id);
      const row = await transaction.batchPrediction.create({
        data: {
          id,
          datasetId,
          modelId: model.id,
          modelName: model.name,
          modelVersion: model.version,
          name,
          columns: asJson(columns),
          lastSequence: 1,
        },
      });
      await writeEvent(transaction, id, 1, { type: 'batch_prediction.queued', data: {} });
      return toBatchPrediction(row);
    }),

  find: async (id) => {
    const row = isStorable(id) ? await prisma.batchPrediction.findUnique({ where: { id } }) : null;
    return row && toBatchPrediction(row);
  },

  list: async ({ status, datasetId, limit, ...page }) => {
    if (!isStorable(datasetId) || !isStorable(page.after)) return emptyPage;
    const where = {
      ...pageWhere({ limit, ...page }),
      ...(status !== undefined && { status }),
      ...(datasetId !== undefined && { datasetId }),
    };
    const rows = await prisma.batchPrediction.findMany({ where, orderBy: newestFirst, take: limit + 1 });
    return pageOf(rows, limit, toBatchPrediction);
  },

  requestCancel: async (id) => {
    if (!isStorable(id)) return null;
    return prisma.$transaction(async (transaction) => {
      await lock(transaction, id);
      const changed =
        (await transition(transaction, {
          where: { id },
          to: 'cancelled',
          from: ['queued'],
          data: { finishedAt: await databaseTime(transaction) },
          event: cancelled,
        })) ??
        (await transition(transaction, {
          where: { id },
          to: 'cancelling',
          event: () => ({ type: 'batch_prediction.cancelling', data: {} }),
        }));
      if (changed !== null) return { job: toBatchPrediction(changed), changed: true };
      const row = await transaction.batchPrediction.findUnique({ where: { id } });
      return row && { job: toBatchPrediction(row), changed: false };
    });
  },

  delete: async (id) => {
    if (!isStorable(id)) return 'not_found';
    const ended = { notIn: batchNotEnded };
    const { count } = await prisma.batchPrediction.deleteMany({ where: { id, status: ended } });
    if (count === 1) return 'deleted';
    return (await prisma.batchPrediction.count({ where: { id } })) === 0 ? 'not_found' : 'not_ended';
  },

  claim: async (id, leaseToken) => {
    const row = await prisma.$transaction(async (transaction) => {
      const now = await databaseTime(transaction);
      return transition(transaction, {
        where: { id },
        to: 'running',
        data: { leaseToken, heartbeatAt: now, startedAt: now, attempt: { increment: 1 } },
        event: ({ attempt, position }) => ({
          type: 'batch_prediction.running',
          data: { attempt, resumes_from: Number(position) },
        }),
      });
    });
    return row && toBatchPrediction(row);
  },

  heartbeat: async (lease, progress) => {
    const rows = await prisma.batchPrediction.updateManyAndReturn({
      where: { ...held(lease), status: { in: ['running', 'cancelling'] } },
      data: { heartbeatAt: await databaseTime(prisma), ...(progress !== undefined && { progress }) },
      select: { status: true },
    });
    return rows[0]?.status ?? null;
  },

  recordChunk: async (lease, { key, position, progress, refused }) =>
    prisma.$transaction(async (transaction) => {
      await lock(transaction, lease.jobId);
      const job = await transaction.batchPrediction.findFirst({
        where: { ...held(lease), status: { in: ['running', 'cancelling'] } },
      });
      if (job === null) return false;
      if (job.chunks.includes(key)) return true;
      const { lastSequence } = await transaction.batchPrediction.update({
        where: { id: job.id },
        data: {
          chunks: { push: key },
          position,
          progress,
          refused: { increment: refused },
          timesLost: 0,
          lastSequence: { increment: 1 },
        },
      });
      await writeEvent(transaction, job.id, lastSequence, {
        type: 'batch_prediction.chunk',
        data: { position, progress, refused },
      });
      return true;
    }),

  succeed: async (lease, { columns, ...result }) =>
    prisma.$transaction(async (transaction) => {
      const row = await transition(transaction, {
        where: held(lease),
        to: 'succeeded',
        data: { ...(await ending(transaction)), progress: 1, resultId: result.id },
        event: ({ refused }) => ({
          type: 'batch_prediction.succeeded',
          data: { result_dataset_id: result.id, refused: Number(refused) },
        }),
      });
      if (row === null) return false;
      const dataset = await transaction.dataset.create({
        data: {
          ...result,
          columns: asJson(columns),
          status: 'ready',
          format: 'parquet',
          onBadRows: 'reject',
        },
      });
      await announce(transaction, datasetMessage(toDataset(dataset)));
      return true;
    }),

  fail: async (lease, error) =>
    (await prisma.$transaction(async (transaction) =>
      transition(transaction, {
        where: held(lease),
        to: 'failed',
        data: { ...(await ending(transaction)), error: asJson(error) },
        event: () => ({ type: 'batch_prediction.failed', level: 'error', data: { error } }),
      }),
    )) !== null,

  cancel: async (lease) =>
    (await prisma.$transaction(async (transaction) =>
      transition(transaction, {
        where: held(lease),
        to: 'cancelled',
        from: ['cancelling'],
        data: await ending(transaction),
        event: cancelled,
      }),
    )) !== null,

  handBack: async (lease) => {
    const where = held(lease);
    const row = await prisma.$transaction(async (transaction) => {
      await lock(transaction, lease.jobId);
      return (
        (await transition(transaction, {
          where,
          to: 'queued',
          from: ['running'],
          data: free,
          event: restarted('worker_stopped'),
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
      status: { in: ['running', 'cancelling'] satisfies BatchPredictionStatus[] },
      heartbeatAt: { lt: await databaseTime(prisma, silentForMs) },
    };
    const query = { where: lost, orderBy: { id: 'asc' }, select: { id: true } } as const;
    const recovered: BatchPrediction[] = [];
    // One transaction each: of processes that do this at once, each job is recovered by the first to come.
    for (const { id } of await prisma.batchPrediction.findMany(query)) {
      const where = { id, heartbeatAt: lost.heartbeatAt };
      const row = await prisma.$transaction((transaction) =>
        recover(transaction, where, maxAttempts, workerLost(maxAttempts)),
      );
      if (row !== null) recovered.push(toBatchPrediction(row));
    }
    return recovered;
  },

  queuedIds: async () => {
    const query = { where: { status: 'queued' }, orderBy: { id: 'asc' }, select: { id: true } } as const;
    return (await prisma.batchPrediction.findMany(query)).map(({ id }) => id);
  },

  usesStorageKey: async (key) => {
    const id = key.split('/')[1] ?? '';
    const job = isStorable(id) ? await prisma.batchPrediction.findUnique({ where: { id } }) : null;
    return job !== null && batchTransitions[job.status].length > 0;
  },

  events: async (jobId, { afterSequence, limit }) => {
    if (!isStorable(jobId)) return [];
    const where = { jobId, sequence: { gt: afterSequence } };
    const rows = await prisma.batchPredictionEvent.findMany({
      where,
      orderBy: { sequence: 'asc' },
      take: limit,
    });
    return rows.map(toBatchPredictionEvent);
  },
});
