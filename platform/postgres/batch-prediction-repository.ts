/** Batch predictions in PostgreSQL, beside what is the same of every job (leased-work.ts). */
import {
  batchNotEnded,
  batchTransitions,
  type BatchPredictionEventType,
  type BatchPredictionStatus,
} from '../../domain/batch-predictions/batch-prediction.ts';
import type { BatchPredictionRepository } from '../../domain/ports/batch-prediction-repository.ts';
import { datasetMessage } from '../../domain/webhooks/messages.ts';
import { batchPredictionTable, type BatchPredictionChange } from './batch-prediction-table.ts';
import type * as Tables from './generated/client.ts';
import { noteResource } from './idempotency-repository.ts';
import { eventsAfter } from './job-events.ts';
import { ending, held, leasedWork } from './leased-work.ts';
import { emptyPage, isStorable, newestFirst, pageOf, pageWhere } from './pages.ts';
import type { Connection, PrismaClient } from './prisma.ts';
import { databaseTime } from './queue-state.ts';
import { asJson, toBatchPrediction, toDataset } from './rows.ts';
import { lockJob, transition, writeEvents, type Transition } from './transition.ts';
import { announce } from './webhook-outbox.ts';

const move = (
  connection: Connection,
  change: Transition<
    Tables.BatchPrediction,
    BatchPredictionStatus,
    BatchPredictionChange,
    BatchPredictionEventType
  >,
): Promise<Tables.BatchPrediction | null> => transition(batchPredictionTable, connection, change);

export const batchPredictionRepository = (prisma: PrismaClient): BatchPredictionRepository => ({
  ...leasedWork(prisma, batchPredictionTable),

  create: async ({ id, datasetId, model, name, columns, generation }, claim) =>
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
          ...(generation !== null && { generation: asJson(generation) }),
          lastSequence: 1,
        },
      });
      await writeEvents<BatchPredictionEventType>(batchPredictionTable, transaction, id, 1, [
        { type: 'batch_prediction.queued', data: {} },
      ]);
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
      return move(transaction, {
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

  recordChunk: async (lease, { key, position, progress, refused }) =>
    prisma.$transaction(async (transaction) => {
      await lockJob(batchPredictionTable, transaction, lease.jobId);
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
      await writeEvents<BatchPredictionEventType>(batchPredictionTable, transaction, job.id, lastSequence, [
        { type: 'batch_prediction.chunk', data: { position, progress, refused } },
      ]);
      return true;
    }),

  succeed: async (lease, { columns, ...result }) =>
    prisma.$transaction(async (transaction) => {
      const row = await move(transaction, {
        where: held(lease),
        to: 'succeeded',
        data: { ...(await ending(batchPredictionTable, transaction)), progress: 1, resultId: result.id },
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

  usesStorageKey: async (key) => {
    const id = key.split('/')[1] ?? '';
    if (!isStorable(id)) return false;
    const job = await prisma.batchPrediction.findUnique({ where: { id }, select: { status: true } });
    return job !== null && batchTransitions[job.status].length > 0;
  },

  events: (jobId, { afterSequence: sequence, limit }) =>
    eventsAfter(prisma, 'batch_prediction_events', [{ jobId, sequence }], limit),
});
