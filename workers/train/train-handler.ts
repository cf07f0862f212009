/**
 * Takes one training job from the queue to its end. The numbers are crunched in a child process; this side, which holds the
 * lease (work-under-lease.ts), writes what the child reports, and ends the child when the job is cancelled, lost, or the worker stops.
 *
 *   claimed → child at work → finished     → file stored → succeeded   (nothing is kept when the lease was lost meanwhile)
 *                           → failed       → failed, with a code and a hint
 *                           → killed       → queued again while attempts are left, else failed
 *                           → stopped      → paused, or handed back when the worker stops; either with a fresh checkpoint
 *                           → interrupted  → cancelled | lost: nothing is written
 *
 * An attempt goes on from the job's newest checkpoint that can be used; it writes new ones as it goes.
 */
import { join } from 'node:path';
import type { Dataset } from '../../domain/datasets/dataset.ts';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { CheckpointRepository } from '../../domain/ports/checkpoint-repository.ts';
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import type { JobError, TrainingJob } from '../../domain/training-jobs/training-job.ts';
import type { Handler, Outcome } from '../runtime/outcome.ts';
import type { WorkDirectory } from '../runtime/work-directory.ts';
import { workUnderLease, type HeldJob, type LeaseParts } from '../runtime/work-under-lease.ts';
import { datasetUnreadable, errorFromException } from './job-errors.ts';
import { checkpointKeeper } from './keep-checkpoint.ts';
import { publishModel } from './publish-model.ts';
import type { PaceMeter } from './pace-meter.ts';
import type { TrainProgress } from './protocol.ts';
import { trainInChild, type AttemptEnd } from './train-child.ts';

export interface TrainParts extends LeaseParts {
  readonly datasets: Pick<DatasetRepository, 'find'>;
  readonly trainingJobs: TrainingJobRepository;
  readonly checkpoints: CheckpointRepository;
  readonly models: Pick<ModelRepository, 'usesStorageKey'>;
  readonly storage: Pick<ObjectStorage, 'localPath' | 'putFile' | 'delete'>;
  readonly work: Pick<WorkDirectory, 'create'>;
  /** The compiled entry of the training child. */
  readonly child: URL;
  readonly unrollVersion: string;
  readonly threads: number;
  readonly heapMegabytes: number;
  readonly checkpointSeconds: number;
  /** The row of this worker. */
  readonly workerId: string;
  readonly pace: Pick<PaceMeter, 'observe'>;
}

/** A child that takes longer to write down where it stands is ended; its last checkpoint counts. */
const childStopsWithinMs = 8000;

/** What an attempt writes, in a folder of its own. */
interface AttemptFiles {
  readonly folder: string;
  readonly modelPath: string;
  readonly weightsPath: string;
}

export const createTrainHandler =
  (parts: TrainParts): Handler =>
  (id, signal) => {
    const { trainingJobs } = parts;
    let progress: TrainProgress | undefined;
    return workUnderLease(parts, {
      ...{ id, signal, errorFromException },
      jobs: trainingJobs,
      claim: (lease) => trainingJobs.claim(lease.jobId, lease.token, parts.workerId),
      beat: (lease) => trainingJobs.heartbeat(lease, progress),
      work(held) {
        held.log.info({ attempt: held.job.attempt }, 'training job claimed');
        return attempt(parts, held, (now) => {
          progress = now;
        });
      },
    });
  };

/** Trains the model in a folder of its own, and writes what became of it. */
async function attempt(
  parts: TrainParts,
  held: HeldJob<TrainingJob, JobError>,
  onProgress: (progress: TrainProgress) => void,
): Promise<Outcome> {
  const { trainingJobs } = parts;
  const { job, lease, log, write, tell, askRow } = held;
  const keeper = checkpointKeeper({ ...parts, write, log, tell }, lease);

  const train = async (
    dataset: Dataset,
    tableKey: string,
    { folder, modelPath, weightsPath }: AttemptFiles,
  ): Promise<AttemptEnd> => {
    const table = await parts.storage.localPath(tableKey);
    const { resumeFrom, release } = await keeper.candidates();
    const first = await openFirstWeights(parts.storage, job.initializeFrom);
    try {
      return await trainInChild({
        entry: parts.child,
        heapMegabytes: parts.heapMegabytes,
        interrupt: held.interrupt,
        stop: held.stop,
        stopWithinMs: childStopsWithinMs,
        order: {
          specification: job.specification,
          tablePath: table.path,
          modelPath,
          weightsPath,
          initializeFrom: first && { path: first.path },
          threads: parts.threads,
          checkpoints: { folder, everySeconds: parts.checkpointSeconds, resumeFrom },
          lineage: {
            unrollVersion: parts.unrollVersion,
            dataset: { id: dataset.id, name: dataset.name, sha256: dataset.sha256 },
          },
        },
        async onPrepared() {
          if (await write(() => trainingJobs.start(lease))) tell();
          else await askRow();
        },
        async onEpochs(epochs) {
          parts.pace.observe(job, epochs);
          if (await write(() => trainingJobs.recordEpochs(lease, epochs))) tell();
          else await askRow();
        },
        onProgress,
        async onCheckpoint(written) {
          if (!(await keeper.keep(written))) await askRow();
        },
        onCheckpointFailed: (error) => keeper.failed(error),
        onCheckpointDamaged: (damaged) => keeper.damaged(damaged),
      });
    } finally {
      await Promise.all([table.release(), release(), first?.release()]);
    }
  };

  const conclude = async (end: AttemptEnd, dataset: Dataset, files: AttemptFiles): Promise<Outcome> => {
    if (held.interrupt.aborted) return held.interrupted();
    switch (end.status) {
      case 'finished': {
        const published = await publishModel(
          { storage: parts.storage, trainingJobs, models: parts.models, write },
          { job, lease, dataset, trained: end.model, ...files, unrollVersion: parts.unrollVersion },
        );
        tell();
        return published ? { status: 'done' } : { status: 'failed', reason: 'the lease was lost at the end' };
      }
      case 'failed':
        log.warn({ error: end.error, log: end.log }, 'training failed');
        return held.fail(end.error);
      case 'killed':
        log.warn({ log: end.log }, 'the training process was killed');
        return held.loseAttempt(end.error, 'the training process was killed');
      case 'stopped':
        return held.stop.reason === 'pausing' ? pause() : held.handBack();
      case 'interrupted':
        throw new Error('internal: interrupted without a reason');
    }
  };

  const pause = async (): Promise<Outcome> => {
    if (!(await write(() => trainingJobs.pause(lease)))) return held.handBack();
    tell();
    return { status: 'done' };
  };

  const dataset = await write(() => parts.datasets.find(job.datasetId));
  if (dataset === null || dataset.tableKey === null) return held.fail(datasetUnreadable('it is gone.'));
  const folder = await parts.work.create();
  try {
    const files = {
      folder: folder.path,
      modelPath: join(folder.path, 'model.onnx'),
      weightsPath: join(folder.path, 'model.checkpoint'),
    };
    return await conclude(await train(dataset, dataset.tableKey, files), dataset, files);
  } finally {
    await folder.remove();
  }
}

/** The file of the weights to begin with; path null when it is gone; null for random ones. */
async function openFirstWeights(
  storage: Pick<ObjectStorage, 'localPath'>,
  from: TrainingJob['initializeFrom'],
): Promise<{ path: string | null; release: () => Promise<void> } | null> {
  if (from === null) return null;
  try {
    return await storage.localPath(from.storageKey);
  } catch (error) {
    if (error instanceof UnrollError && error.code === 'not_found')
      return { path: null, release: async () => undefined };
    throw error;
  }
}
