/**
 * Takes one batch prediction from the queue to its end. The numbers are crunched in child processes; this side holds the lease, keeps each chunk, and
 * ends the child when the job is cancelled, lost, or the worker stops.
 *
 *   claimed → chunk, chunk, … → result written → stored → succeeded
 *           → failed → failed, with a code and a hint
 *           → killed → queued again while attempts are left, else failed
 *           → stopped → handed back;   cancelled;   lost: nothing is written
 *
 * A chunk counts once its object is in storage and the row names it, which is one write under the lease: what a dead worker has left half-done is done
 * again, and nothing twice. The result and the job's end are one transaction; its files have keys of the attempt.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type {
  BatchPrediction,
  BatchPredictionError,
} from '../../domain/batch-predictions/batch-prediction.ts';
import type { Dataset } from '../../domain/datasets/dataset.ts';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import { decodingKeyOf } from '../../domain/models/version-files.ts';
import type { BatchPredictionRepository } from '../../domain/ports/batch-prediction-repository.ts';
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { Notifications } from '../../domain/ports/notifications.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { Lease } from '../../domain/ports/training-job-repository.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { verdictOf, watchLease } from '../runtime/lease-watch.ts';
import { listenMeanwhile } from '../runtime/listen-meanwhile.ts';
import type { Handler, Outcome } from '../runtime/outcome.ts';
import { persist } from '../runtime/persist.ts';
import type { WorkDirectory } from '../runtime/work-directory.ts';
import { orderFromChild, type ChildEnd } from './predict-child.ts';
import { errorFromException, gone } from './predict-errors.ts';

export interface PredictParts {
  readonly batchPredictions: BatchPredictionRepository;
  readonly datasets: Pick<DatasetRepository, 'find'>;
  readonly models: Pick<ModelRepository, 'findVersion'>;
  readonly storage: Pick<ObjectStorage, 'localPath' | 'putFile' | 'delete'>;
  readonly notifications: Notifications;
  readonly work: Pick<WorkDirectory, 'create'>;
  readonly newId: (prefix: 'ds') => string;
  readonly log: Logger;
  /** Throws while PostgreSQL does not answer. */
  readonly checkDatabase: () => Promise<void>;
  /** The compiled entry of the child. */
  readonly child: URL;
  readonly threads: number;
  readonly heapMegabytes: number;
  /** How often what is done is kept. */
  readonly chunkSeconds: number;
  readonly heartbeatMs: number;
  readonly maxAttempts: number;
}

/** A job that was handed back is delivered again after this time. */
const againAfterMs = 500;

type Interruption = 'cancelled' | 'lost' | 'stopping';

export const createPredictHandler =
  (parts: PredictParts): Handler =>
  async (id, signal) => {
    const { batchPredictions, notifications, storage } = parts;
    const log = parts.log.child({ jobId: id });
    const lease: Lease = { jobId: id, token: randomUUID() };
    const write = <Result>(step: (attempt: number) => Promise<Result>): Promise<Result> =>
      persist(step, {
        isOutage: async () =>
          !signal.aborted &&
          (await parts.checkDatabase().then(
            () => false,
            () => true,
          )),
        onRetry: (err) => log.warn({ err }, 'a write failed'),
      });
    const tell = (): void => {
      notifications
        .notify(`job-events:${id}`)
        .catch((err: unknown) => log.warn({ err }, 'listeners will notice late'));
    };

    const job = await write((attempt) => claim(batchPredictions, lease, attempt));
    if (job === null) return { status: 'done' };
    tell();

    const interrupt = new AbortController();
    const isInterrupted = (): boolean => interrupt.signal.aborted;
    const why = (): Interruption | undefined => interrupt.signal.reason as Interruption | undefined;
    const onStop = (): void => interrupt.abort('stopping' satisfies Interruption);
    if (signal.aborted) onStop();
    signal.addEventListener('abort', onStop);
    const hold = watchLease({
      everyMs: parts.heartbeatMs,
      beat: () => batchPredictions.heartbeat(lease),
      onVerdict: (verdict) => interrupt.abort(verdict),
      onError: (err) => log.warn({ err }, 'a heartbeat failed'),
    });
    const unlisten = listenMeanwhile(notifications, `job-control:${id}`, hold.wake, (err) =>
      log.warn({ err }, 'cancellation will be noticed at heartbeats only'),
    );

    const fail = async (error: BatchPredictionError): Promise<Outcome> => {
      await write(() => batchPredictions.fail(lease, error));
      tell();
      return { status: 'failed', reason: error.code };
    };
    const afterInterruption = async (): Promise<Outcome> => {
      if (why() === 'lost') return { status: 'failed', reason: 'another worker has the job' };
      if (why() === 'cancelled') {
        await write(() => batchPredictions.cancel(lease));
        tell();
        return { status: 'cancelled' };
      }
      const status = await write(() => batchPredictions.handBack(lease, 'worker_stopped'));
      tell();
      return status === 'queued'
        ? { status: 'retry', afterMs: againAfterMs, reason: 'worker_stopped' }
        : { status: 'done' };
    };
    /** What is to be done after a child that did not come to its end. */
    const conclude = async (end: ChildEnd): Promise<Outcome> => {
      if (isInterrupted()) return afterInterruption();
      if (end.type !== 'failed' && end.type !== 'killed')
        throw new Error(`internal: a child that ended with ${end.type}`);
      log.warn({ error: end.error, log: end.log }, 'predicting failed');
      if (end.type === 'failed') return fail(end.error);
      const status = await write(() => batchPredictions.loseAttempt(lease, parts.maxAttempts, end.error));
      tell();
      return status === 'queued'
        ? { status: 'retry', afterMs: againAfterMs, reason: 'the process that predicted was killed' }
        : { status: 'failed', reason: end.error.code };
    };

    const run = async (): Promise<Outcome> => {
      const dataset = await write(() => parts.datasets.find(job.datasetId));
      if (dataset === null || dataset.tableKey === null || dataset.rowCount === null)
        return fail(gone('dataset', 'it is gone.'));
      const version = await write(() =>
        parts.models.findVersion({ nameOrId: job.model.id, version: job.model.version }),
      );
      if (version === null) return fail(gone('model', 'it is gone.'));
      const folder = await parts.work.create();
      const table = await storage.localPath(dataset.tableKey);
      try {
        const chunks = [...job.chunks];
        const common = {
          entry: parts.child,
          heapMegabytes: parts.heapMegabytes,
          interrupt: interrupt.signal,
        };
        const predicted = await predictRest(job, version, {
          table: table.path,
          rowCount: dataset.rowCount,
          folder: folder.path,
          chunks,
        });
        if (predicted.type !== 'predicted' || isInterrupted()) return await conclude(predicted);

        const local = await Promise.all(chunks.map((key) => storage.localPath(key)));
        const resultPath = join(folder.path, 'result.parquet');
        const resultTablePath = join(folder.path, 'table.parquet');
        const finished = await orderFromChild({
          ...common,
          order: {
            kind: 'finish',
            card: version.card,
            tablePath: table.path,
            rowCount: dataset.rowCount,
            columns: dataset.columns.map(({ name, type }) => ({ name, type })),
            kept: job.columns,
            chunkPaths: local.map(({ path }) => path),
            resultPath,
            resultTablePath,
            folder: folder.path,
          },
        });
        await Promise.all(local.map(({ release }) => release()));
        if (finished.type !== 'finished' || isInterrupted()) return await conclude(finished);
        return await publish(version, dataset, chunks, { resultPath, resultTablePath, ...finished });
      } finally {
        await table.release();
        await folder.remove();
      }
    };

    const predictRest = async (
      { position }: BatchPrediction,
      version: ModelVersion,
      o: { table: string; rowCount: number; folder: string; chunks: string[] },
    ): Promise<ChildEnd> => {
      const { card, storageKey, name } = version;
      const decoding = 'decoding' in card;
      const files = await Promise.all([
        storage.localPath(storageKey),
        ...(decoding
          ? [
              storage.localPath(decodingKeyOf(storageKey, 'reading')),
              storage.localPath(decodingKeyOf(storageKey, 'step')),
            ]
          : []),
      ]);
      const [model, reading, step] = files;
      try {
        return await orderFromChild({
          entry: parts.child,
          heapMegabytes: parts.heapMegabytes,
          interrupt: interrupt.signal,
          order: {
            kind: 'predict',
            version: { card, storageKey, name, version: version.version },
            modelPath: model.path,
            decoding: reading && step ? { reading: reading.path, step: step.path } : null,
            tablePath: o.table,
            rowCount: o.rowCount,
            position,
            folder: o.folder,
            everySeconds: parts.chunkSeconds,
            threads: parts.threads,
          },
          async onChunk({ path, ...chunk }) {
            if (isInterrupted()) return false;
            const key = `batch-predictions/${id}/${chunk.position}-${lease.token}.ndjson`;
            await storage.putFile(key, path);
            const isKept = await write(() => batchPredictions.recordChunk(lease, { key, ...chunk }));
            if (isKept) {
              o.chunks.push(key);
              tell();
              return true;
            }
            await storage.delete(key);
            interrupt.abort(verdictOf(await write(() => batchPredictions.heartbeat(lease))) ?? 'lost');
            return false;
          },
        });
      } finally {
        await Promise.all(files.map(({ release }) => release()));
      }
    };

    const publish = async (
      version: ModelVersion,
      dataset: Dataset,
      chunks: readonly string[],
      result: { resultPath: string; resultTablePath: string } & Extract<ChildEnd, { type: 'finished' }>,
    ): Promise<Outcome> => {
      const resultId = parts.newId('ds');
      const sourceKey = `datasets/${resultId}/source`;
      const tableKey = `datasets/${resultId}/table.parquet`;
      const remove = async (keys: readonly string[]): Promise<void> => {
        for (const key of keys)
          await storage.delete(key).catch((err: unknown) => log.warn({ err, key }, 'is swept later'));
      };
      try {
        const stored = await storage.putFile(sourceKey, result.resultPath);
        await storage.putFile(tableKey, result.resultTablePath);
        const isDone = await write(async (attempt) => {
          const { rowCount, columns } = result;
          const row = {
            id: resultId,
            name: job.name,
            description: `Predictions of ${version.name}@${version.version} for dataset ${dataset.id}.`,
            ...stored,
            sourceKey,
            tableKey,
            rowCount,
            columns,
          };
          if (await batchPredictions.succeed(lease, row)) return true;
          // An earlier try may have gone through although its answer never came.
          return attempt > 1 && (await batchPredictions.find(id))?.resultId === resultId;
        });
        if (!isDone) {
          await remove([sourceKey, tableKey]);
          return { status: 'failed', reason: 'the lease was lost at the end' };
        }
      } catch (error) {
        if (!(error instanceof UnrollError && error.code === 'unavailable'))
          await remove([sourceKey, tableKey]);
        throw error;
      }
      tell();
      await remove(chunks);
      return { status: 'done' };
    };

    try {
      return await run();
    } catch (err) {
      log.error({ err }, 'the attempt broke down');
      if (isInterrupted()) return await afterInterruption();
      // Not the job's fault. The row still says that this worker has it, whose heartbeats stop now.
      if (err instanceof UnrollError && err.code === 'unavailable')
        return { status: 'failed', reason: 'the database is away: the job will be recovered' };
      return await fail(errorFromException(err));
    } finally {
      signal.removeEventListener('abort', onStop);
      unlisten();
      await hold.stop();
      await notifications.notify('webhooks').catch(() => undefined);
    }
  };

/** Null when someone else has the job, or it has ended. */
async function claim(
  batchPredictions: BatchPredictionRepository,
  lease: Lease,
  attempt: number,
): Promise<BatchPrediction | null> {
  const claimed = await batchPredictions.claim(lease.jobId, lease.token);
  if (claimed !== null || attempt === 1) return claimed;
  // An earlier try may have gone through although its answer never came.
  const job = await batchPredictions.find(lease.jobId);
  return job?.leaseToken === lease.token ? job : null;
}
