/**
 * Takes one batch prediction from the queue to its end. The numbers are crunched in child processes; this side, which holds the lease (work-under-lease.ts), keeps each chunk, and
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
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { Handler, Outcome } from '../runtime/outcome.ts';
import type { WorkDirectory } from '../runtime/work-directory.ts';
import { workUnderLease, type HeldJob, type LeaseParts } from '../runtime/work-under-lease.ts';
import { orderFromChild, type ChildEnd } from './predict-child.ts';
import { errorFromException, gone } from './predict-errors.ts';

export interface PredictParts extends LeaseParts {
  readonly batchPredictions: BatchPredictionRepository;
  readonly datasets: Pick<DatasetRepository, 'find'>;
  readonly models: Pick<ModelRepository, 'findVersion'>;
  readonly storage: Pick<ObjectStorage, 'localPath' | 'putFile' | 'delete'>;
  readonly work: Pick<WorkDirectory, 'create'>;
  readonly newId: (prefix: 'ds') => string;
  /** The compiled entry of the child. */
  readonly child: URL;
  readonly threads: number;
  readonly heapMegabytes: number;
  /** How often what is done is kept. */
  readonly chunkSeconds: number;
}

export const createPredictHandler =
  (parts: PredictParts): Handler =>
  (id, signal) => {
    const { batchPredictions } = parts;
    return workUnderLease(parts, {
      ...{ id, signal, errorFromException },
      jobs: batchPredictions,
      claim: (lease) => batchPredictions.claim(lease.jobId, lease.token),
      beat: (lease) => batchPredictions.heartbeat(lease),
      work: (held) => attempt(parts, held),
    });
  };

/** Asks for what is not done yet in a folder of its own, and writes what became of it. */
async function attempt(
  parts: PredictParts,
  held: HeldJob<BatchPrediction, BatchPredictionError>,
): Promise<Outcome> {
  const { batchPredictions, storage } = parts;
  const { job, lease, log, write, tell } = held;
  const { id } = job;
  /** Ends the child: what it has not handed over is done again. */
  const interrupt = AbortSignal.any([held.interrupt, held.stop]);
  const isInterrupted = (): boolean => interrupt.aborted;
  const child = { entry: parts.child, heapMegabytes: parts.heapMegabytes, interrupt };

  /** What is to be done after a child that did not come to its end. */
  const conclude = async (end: ChildEnd): Promise<Outcome> => {
    if (isInterrupted()) return held.interrupt.aborted ? held.interrupted() : held.handBack();
    if (end.type !== 'failed' && end.type !== 'killed')
      throw new Error(`internal: a child that ended with ${end.type}`);
    log.warn({ error: end.error, log: end.log }, 'predicting failed');
    if (end.type === 'failed') return held.fail(end.error);
    return held.loseAttempt(end.error, 'the process that predicted was killed');
  };

  const predictRest = async (
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
        ...child,
        order: {
          kind: 'predict',
          version: { card, storageKey, name, version: version.version },
          generation: job.generation,
          modelPath: model.path,
          decoding: reading && step ? { reading: reading.path, step: step.path } : null,
          tablePath: o.table,
          rowCount: o.rowCount,
          position: job.position,
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
          await held.askRow();
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

  const finish = async (
    version: ModelVersion,
    dataset: TableOfDataset,
    folder: string,
    tablePath: string,
    chunks: readonly string[],
  ): Promise<Outcome> => {
    const resultPath = join(folder, 'result.parquet');
    const resultTablePath = join(folder, 'table.parquet');
    const local = await Promise.all(chunks.map((key) => storage.localPath(key)));
    try {
      const finished = await orderFromChild({
        ...child,
        order: {
          kind: 'finish',
          generation: job.generation,
          card: version.card,
          tablePath,
          rowCount: dataset.rowCount,
          columns: dataset.columns.map(({ name, type }) => ({ name, type })),
          kept: job.columns,
          chunkPaths: local.map(({ path }) => path),
          resultPath,
          resultTablePath,
          folder,
        },
      });
      if (finished.type !== 'finished' || isInterrupted()) return await conclude(finished);
      return await publish(version, dataset, chunks, { resultPath, resultTablePath, ...finished });
    } finally {
      await Promise.all(local.map(({ release }) => release()));
    }
  };

  const dataset = await write(() => parts.datasets.find(job.datasetId));
  if (dataset === null || !hasTable(dataset)) return held.fail(gone('dataset', 'it is gone.'));
  const version = await write(() =>
    parts.models.findVersion({ nameOrId: job.model.id, version: job.model.version }),
  );
  if (version === null) return held.fail(gone('model', 'it is gone.'));
  const folder = await parts.work.create();
  try {
    const table = await storage.localPath(dataset.tableKey);
    try {
      const chunks = [...job.chunks];
      const predicted = await predictRest(version, {
        table: table.path,
        rowCount: dataset.rowCount,
        folder: folder.path,
        chunks,
      });
      if (predicted.type !== 'predicted' || isInterrupted()) return await conclude(predicted);
      return await finish(version, dataset, folder.path, table.path, chunks);
    } finally {
      await table.release();
    }
  } finally {
    await folder.remove();
  }
}

type TableOfDataset = Dataset & { readonly tableKey: string; readonly rowCount: number };
const hasTable = (dataset: Dataset): dataset is TableOfDataset =>
  dataset.tableKey !== null && dataset.rowCount !== null;
