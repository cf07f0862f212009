/**
 * Takes one training job from the queue to its end. The numbers are crunched in a child process; this side holds the
 * lease, writes what the child reports, and ends the child when the job is cancelled, lost, or the worker stops.
 *
 *   claimed → child at work → finished     → file stored → succeeded   (nothing is kept when the lease was lost meanwhile)
 *                           → failed       → failed, with a code and a hint
 *                           → killed       → queued again while attempts are left, else failed
 *                           → stopped      → paused, or handed back when the worker stops; either with a fresh checkpoint
 *                           → interrupted  → cancelled | lost: nothing is written
 *
 * An attempt goes on from the job's newest checkpoint that can be used; it writes new ones as it goes.
 *
 * Writes are tried again over outages while the child goes on. When this process dies, the row's heartbeat grows old and
 * housekeeping gives the job to another worker: nothing here has to happen for the job to end truthfully.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Dataset } from '../../domain/datasets/dataset.ts';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { CheckpointRepository } from '../../domain/ports/checkpoint-repository.ts';
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { Notifications } from '../../domain/ports/notifications.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { Lease, TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import type { JobError, TrainingJob } from '../../domain/training-jobs/training-job.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { verdictOf, watchLease, type LeaseVerdict } from '../runtime/lease-watch.ts';
import { listenMeanwhile } from '../runtime/listen-meanwhile.ts';
import type { Handler, Outcome } from '../runtime/outcome.ts';
import { persist } from '../runtime/persist.ts';
import type { WorkDirectory } from '../runtime/work-directory.ts';
import { datasetUnreadable, errorFromException } from './job-errors.ts';
import { checkpointKeeper } from './keep-checkpoint.ts';
import { publishModel } from './publish-model.ts';
import type { PaceMeter } from './pace-meter.ts';
import type { TrainProgress } from './protocol.ts';
import { trainInChild, type AttemptEnd } from './train-child.ts';

export interface TrainParts {
  readonly datasets: Pick<DatasetRepository, 'find'>;
  readonly trainingJobs: TrainingJobRepository;
  readonly checkpoints: CheckpointRepository;
  readonly models: Pick<ModelRepository, 'usesStorageKey'>;
  readonly storage: Pick<ObjectStorage, 'localPath' | 'putFile' | 'delete'>;
  readonly notifications: Notifications;
  readonly work: Pick<WorkDirectory, 'create'>;
  readonly log: Logger;
  /** Throws while PostgreSQL does not answer. */
  readonly checkDatabase: () => Promise<void>;
  /** The compiled entry of the training child. */
  readonly child: URL;
  readonly unrollVersion: string;
  readonly threads: number;
  readonly heapMegabytes: number;
  readonly checkpointSeconds: number;
  readonly heartbeatMs: number;
  readonly maxAttempts: number;
  /** The row of this worker. */
  readonly workerId: string;
  readonly pace: Pick<PaceMeter, 'observe'>;
}

/** Why an attempt is broken off at once, or asked to end: the reasons of the signals that go to the child's supervisor. */
type Interruption = Exclude<LeaseVerdict, 'pausing'>;
type StopReason = 'pausing' | 'stopping' | 'preempted';

/** A child that takes longer to write down where it stands is ended; its last checkpoint counts. */
const childStopsWithinMs = 8000;

/** What an attempt writes, in a folder of its own. */
interface AttemptFiles {
  readonly folder: string;
  readonly modelPath: string;
  readonly weightsPath: string;
}

/** A job that was handed back is delivered again after this time. */
const againAfterMs = 500;

export const createTrainHandler =
  (parts: TrainParts): Handler =>
  async (id, signal) => {
    const { trainingJobs, notifications } = parts;
    const log = parts.log.child({ jobId: id });
    const lease: Lease = { jobId: id, token: randomUUID() };

    const write = <Result>(step: (attempt: number) => Promise<Result>): Promise<Result> =>
      persist(step, {
        isOutage: async () =>
          (!signal.aborted || signal.reason === 'preempted') &&
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

    const job = await write((attempt) => claim(trainingJobs, lease, parts.workerId, attempt));
    if (job === null) return { status: 'done' };
    tell();
    log.info({ attempt: job.attempt }, 'training job claimed');

    const interrupt = new AbortController();
    const stop = new AbortController();
    const stopFor = (why: StopReason): void => stop.abort(why);
    const obey = (verdict: LeaseVerdict): void => {
      if (verdict === 'pausing') stopFor(verdict);
      else interrupt.abort(verdict satisfies Interruption);
    };
    const onStop = (): void => stopFor(signal.reason === 'preempted' ? 'preempted' : 'stopping');
    if (signal.aborted) onStop();
    signal.addEventListener('abort', onStop);

    let progress: TrainProgress | undefined;
    const hold = watchLease({
      everyMs: parts.heartbeatMs,
      beat: () => trainingJobs.heartbeat(lease, progress),
      onVerdict: obey,
      onError: (err) => log.warn({ err }, 'a heartbeat failed'),
    });
    const unlisten = listenMeanwhile(notifications, `job-control:${id}`, hold.wake, (err) =>
      log.warn({ err }, 'cancellation will be noticed at heartbeats only'),
    );
    /** After a write that did not apply: cancelled, lost, or it had gone through at an earlier try. */
    const askRow = async (): Promise<void> => {
      const verdict = verdictOf(await write(() => trainingJobs.heartbeat(lease)));
      if (verdict !== null) obey(verdict);
    };
    const keeper = checkpointKeeper({ ...parts, write, log, tell }, lease);

    /** Train the model in a folder of its own, and write what became of it. */
    const run = async (): Promise<Outcome> => {
      const dataset = await write(() => parts.datasets.find(job.datasetId));
      if (dataset === null || dataset.tableKey === null) return fail(datasetUnreadable('it is gone.'));
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
    };

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
          interrupt: interrupt.signal,
          stop: stop.signal,
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
          onProgress(now) {
            progress = now;
          },
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
      const why = interrupt.signal.reason as Interruption | undefined;
      if (why === 'cancelled') return cancel();
      if (why === 'lost') return { status: 'failed', reason: 'another worker has the job' };
      switch (end.status) {
        case 'finished': {
          const published = await publishModel(
            { storage: parts.storage, trainingJobs, models: parts.models, write },
            { job, lease, dataset, trained: end.model, ...files, unrollVersion: parts.unrollVersion },
          );
          tell();
          return published
            ? { status: 'done' }
            : { status: 'failed', reason: 'the lease was lost at the end' };
        }
        case 'failed':
          log.warn({ error: end.error, log: end.log }, 'training failed');
          return fail(end.error);
        case 'killed':
          log.warn({ log: end.log }, 'the training process was killed');
          return loseAttempt(end.error);
        case 'stopped':
          return stop.signal.reason === 'pausing' ? pause() : handBack();
        case 'interrupted':
          throw new Error('internal: interrupted without a reason');
      }
    };

    const pause = async (): Promise<Outcome> => {
      if (!(await write(() => trainingJobs.pause(lease)))) return handBack();
      tell();
      return { status: 'done' };
    };

    const cancel = async (): Promise<Outcome> => {
      await write(() => trainingJobs.cancel(lease));
      tell();
      return { status: 'cancelled' };
    };
    const fail = async (error: JobError): Promise<Outcome> => {
      await write(() => trainingJobs.fail(lease, error));
      tell();
      return { status: 'failed', reason: error.code };
    };
    const loseAttempt = async (error: JobError): Promise<Outcome> => {
      const status = await write(() => trainingJobs.loseAttempt(lease, parts.maxAttempts, error));
      tell();
      return status === 'queued'
        ? { status: 'retry', afterMs: againAfterMs, reason: 'the training process was killed' }
        : { status: 'failed', reason: error.code };
    };
    const handBack = async (): Promise<Outcome> => {
      const reason = stop.signal.reason === 'preempted' ? 'preempted' : 'worker_stopped';
      const status = await write(() => trainingJobs.handBack(lease, reason));
      tell();
      return status === 'queued' ? { status: 'retry', afterMs: againAfterMs, reason } : { status: 'done' };
    };

    try {
      return await run();
    } catch (err) {
      log.error({ err }, 'the attempt broke down');
      if (interrupt.signal.reason === 'cancelled') return await cancel();
      // Not the job's fault. The row still says that this worker has it, whose heartbeats stop now.
      if (err instanceof UnrollError && err.code === 'unavailable')
        return { status: 'failed', reason: 'the database is away: the job will be recovered' };
      return await fail(errorFromException(err));
    } finally {
      signal.removeEventListener('abort', onStop);
      unlisten();
      await hold.stop();
      // Whoever sends webhooks looks sooner; it looks anyway.
      await notifications.notify('webhooks').catch(() => undefined);
    }
  };

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

/** Null when someone else has the job, or it has ended. */
async function claim(
  trainingJobs: TrainingJobRepository,
  lease: Lease,
  workerId: string,
  attempt: number,
): Promise<TrainingJob | null> {
  const claimed = await trainingJobs.claim(lease.jobId, lease.token, workerId);
  if (claimed !== null || attempt === 1) return claimed;
  // An earlier try may have gone through although its answer never came.
  const job = await trainingJobs.find(lease.jobId);
  return job?.leaseToken === lease.token ? job : null;
}
