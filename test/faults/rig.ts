/**
 * Real workers, as processes from `dist`, on real servers and a folder of their own; what the fault tests break.
 * `end` ends all of it and answers which of its processes were still there afterwards (none, if all is well).
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createDataset } from '../../domain/datasets/create-dataset.ts';
import type { Dataset } from '../../domain/datasets/dataset.ts';
import type { Notifications } from '../../domain/ports/notifications.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { DeliveryQueue } from '../../domain/ports/queue.ts';
import { requestCancel } from '../../domain/training-jobs/request-cancel.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { TrainingJob } from '../../domain/training-jobs/training-job.ts';
import { newId } from '../../platform/ids.ts';
import { connectDatabase, type Database } from '../../platform/postgres/database.ts';
import { openDeliveryQueue } from '../../platform/queue/delivery-queue.ts';
import { openNotifications } from '../../platform/queue/notifications.ts';
import { openFileStorage } from '../../platform/storage/file-storage.ts';
import type { SmallDisk } from './small-disk.ts';

const workerEntry = new URL('../../dist/workers/main.js', import.meta.url);

/** Times are short, so that what is noticed by time is noticed soon. */
const settings = { HEARTBEAT_MS: '200', LOST_AFTER_MS: '2500', TRAIN_THREADS: '1', LOG_LEVEL: 'info' };

export interface WorkerProcess {
  readonly pid: number;
  readonly process: ChildProcess;
  /** What it has logged. */
  readonly log: () => string;
  /** Sends a signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface Rig {
  readonly database: Database;
  readonly queue: DeliveryQueue;
  readonly notifications: Notifications;
  readonly storage: ObjectStorage;
  readonly directory: string;
  readonly startWorker: (environment?: Record<string, string>) => WorkerProcess;
  readonly upload: (csv: string, onBadRows?: Dataset['onBadRows']) => Promise<Dataset>;
  /** The dataset, when it is no longer being validated. */
  readonly ingested: (id: string) => Promise<Dataset>;
  /** Writes and delivers a job that trains for so long, or until its few epochs are done. */
  readonly createJob: (
    datasetId: string,
    training: { max_seconds: number } | { epochs: number },
    data?: { scaling: 'none' },
  ) => Promise<TrainingJob>;
  readonly cancel: (id: string) => Promise<TrainingJob>;
  /** The job, as soon as the condition holds. */
  readonly jobWhen: (id: string, condition: (job: TrainingJob) => boolean) => Promise<TrainingJob>;
  /** Ends all workers, and answers what they have logged since the last time. */
  readonly endWorkers: () => Promise<string>;
  readonly end: () => Promise<readonly number[]>;
}

export const ended = (job: TrainingJob): boolean =>
  job.status === 'succeeded' || job.status === 'failed' || job.status === 'cancelled';
export const atWork = (job: TrainingJob): boolean => job.status === 'running' && job.epoch >= 2;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await pause(10);
}

/** The pids of the processes that this one has started and that still run. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Whether there is such a process that has not ended (one that has, and was not waited for yet, is a zombie). */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** A year and a half of days with a season of a week, so that there is something to learn. */
export function smallCsv(): string {
  const rows = Array.from({ length: 300 }, (_, day) => {
    const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
    return `${date},${(20 + 5 * Math.sin((2 * Math.PI * day) / 7) + 0.1 * ((day * 7919) % 11)).toFixed(3)}`;
  });
  return ['date,value', ...rows].join('\n');
}

/** `disk`: where all files are, and workers run that see it; a folder of this machine's disk if absent. */
export async function startRig(o: { databaseUrl: string; redisUrl: string; disk?: SmallDisk }): Promise<Rig> {
  const { databaseUrl, redisUrl, disk } = o;
  const directory = disk?.path ?? (await mkdtemp(join(tmpdir(), 'unroll-faults-')));
  // Servers go away in these tests: what is reported then is part of them.
  const report = (): void => undefined;
  const database = connectDatabase(databaseUrl);
  const queue = openDeliveryQueue(redisUrl, { report });
  const notifications = openNotifications(redisUrl, { report });
  const storage = openFileStorage(join(directory, 'objects'));
  const { datasets, trainingJobs } = database;
  const workers: WorkerProcess[] = [];
  const seen = new Set<number>();

  const jobWhen: Rig['jobWhen'] = async (id, condition) => {
    for (;;) {
      const job = await trainingJobs.find(id).catch(() => null);
      if (job !== null && condition(job)) return job;
      for (const { pid } of workers) for (const child of childrenOf(pid)) seen.add(child);
      await pause(10);
    }
  };

  const endWorkers: Rig['endWorkers'] = async () => {
    for (const { pid } of workers) for (const child of childrenOf(pid)) seen.add(child);
    const ending = workers.splice(0);
    for (const { pid } of ending) if (isAlive(pid)) process.kill(pid, 'SIGCONT');
    await Promise.all(ending.map((worker) => worker.end('SIGTERM')));
    return ending.map((worker) => worker.log()).join('\n');
  };

  return {
    database,
    queue,
    notifications,
    storage,
    directory,
    jobWhen,

    startWorker(environment = {}) {
      const worker = startWorkerProcess(
        {
          ...settings,
          DATABASE_URL: databaseUrl,
          REDIS_URL: redisUrl,
          DATA_DIR: disk?.inside ?? directory,
          ...environment,
        },
        disk,
      );
      workers.push(worker);
      seen.add(worker.pid);
      return worker;
    },

    upload: (csv, onBadRows = 'reject') =>
      createDataset(
        { datasets, storage, queue, newId, report },
        {
          name: 'faults.csv',
          description: null,
          format: 'csv',
          onBadRows,
          body: Readable.from([csv]),
          maxBytes: 1_000_000,
        },
      ),

    async ingested(id) {
      for (;;) {
        const dataset = await datasets.find(id);
        if (dataset === null) throw new Error(`${id} is gone`);
        if (dataset.status !== 'validating') return dataset;
        await pause(10);
      }
    },

    async createJob(datasetId, training, data) {
      const specification = resolveSpecification({
        architecture: 'sequence_to_vector',
        data: {
          inputs: [{ column: 'value' }],
          targets: [{ column: 'value' }],
          order_by: 'date',
          window: { length: 14, horizon: 3 },
          ...data,
        },
        model: { cell: 'gru', hidden_size: 8 },
        training: { epochs: 100_000, early_stopping: null, seed: 1, ...training },
      });
      const { architecture } = specification;
      const id = newId('job');
      const job = await trainingJobs.create({
        id,
        datasetId,
        architecture,
        specification,
        modelName: 'faults',
      });
      if (job === null) throw new Error(`dataset ${datasetId} is not ready`);
      await queue.deliver('train', id);
      return job;
    },

    cancel: (id) => requestCancel({ trainingJobs, queue, notifications, report }, id),

    endWorkers,

    async end() {
      await endWorkers();
      await Promise.allSettled([queue.close(), notifications.close(), database.close()]);
      await (disk?.close() ?? rm(directory, { recursive: true, force: true }));
      const left = [...seen].filter(isAlive);
      for (const pid of left) process.kill(pid, 'SIGKILL');
      return left;
    },
  };
}

function startWorkerProcess(environment: Record<string, string>, disk?: SmallDisk): WorkerProcess {
  const child =
    disk?.fork(workerEntry, environment) ??
    fork(workerEntry, { env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const { pid } = child;
  if (pid === undefined) throw new Error('the worker did not start');
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  return {
    pid,
    process: child,
    log: () => log,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
      return { code: child.exitCode, signal: child.signalCode };
    },
  };
}
