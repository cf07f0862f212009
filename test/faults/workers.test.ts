/** What becomes of training jobs when the processes that work on them are killed, stopped, or told twice. */
import { Readable } from 'node:stream';
import { modelKeyOf } from '../../domain/models/version-files.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import {
  atWork,
  childrenOf,
  ended,
  isAlive,
  smallCsv,
  startRig,
  until,
  type Rig,
  type WorkerProcess,
} from './rig.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let rig: Rig;
let datasetId: string;

beforeAll(async () => {
  rig = await startRig({ databaseUrl: await freshDatabase(), redisUrl: await freshRedis() });
  const worker = rig.startWorker();
  const dataset = await rig.ingested((await rig.upload(smallCsv())).id);
  expect(dataset).toMatchObject({ status: 'ready', rowCount: 300 });
  datasetId = dataset.id;
  await worker.end('SIGTERM');
});
afterAll(async () => {
  expect(await rig.end()).toEqual([]);
});

/** The one training process of this worker. */
async function trainingProcess(workerPid: number): Promise<number> {
  await until(() => childrenOf(workerPid).length === 1);
  return childrenOf(workerPid)[0] ?? 0;
}

const eventTypes = async (jobId: string): Promise<string[]> => {
  const events = await rig.database.trainingJobs.events(jobId, { afterSequence: 0, limit: 10_000 });
  return events.map(({ type }) => type.replace('training_job.', '')).filter((type) => type !== 'epoch');
};

describe('a training job of a worker that lives', () => {
  let worker: WorkerProcess;
  beforeAll(() => {
    // What is asked of it by a notification has to be heard: its heartbeats come late.
    worker = rig.startWorker({ MAX_ATTEMPTS: '2', HEARTBEAT_MS: '1000' });
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stdout.write(worker.log());
  });
  afterAll(() => rig.endWorkers());

  it('comes to a model version whose file is in storage, with its curves and its card', async () => {
    const { id } = await rig.createJob(datasetId, { epochs: 4 });
    const job = await rig.jobWhen(id, ended);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1, progress: 1, error: null });
    expect(await eventTypes(id)).toEqual(['queued', 'preparing', 'running', 'succeeded']);
    const metrics = await rig.database.trainingJobs.metrics(id);
    expect(metrics.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);

    const version = await rig.database.models.findVersion({ nameOrId: job.modelVersion?.modelId ?? '' });
    expect(version).toMatchObject({ name: 'faults', version: job.modelVersion?.version, jobId: id });
    expect(await rig.storage.stat(version?.storageKey ?? '')).toEqual({ bytes: version?.bytes });
    expect(version?.card).toMatchObject({
      dataset: { id: datasetId, row_count: 300 },
      training: { epochs: 4, stopped: 'epochs' },
      lineage: { job_id: id },
    });
  });

  it('starts again when its process is killed, and fails when that has happened at every attempt', async () => {
    const { id } = await rig.createJob(datasetId, { max_seconds: 60 });
    for (const attempt of [1, 2]) {
      await rig.jobWhen(id, (job) => job.attempt === attempt && atWork(job));
      process.kill(await trainingProcess(worker.pid), 'SIGKILL');
    }
    const job = await rig.jobWhen(id, ended);
    expect(job).toMatchObject({ status: 'failed', attempt: 2, error: { code: 'worker_lost' } });
    expect(job.error?.hint).toContain('memory');
    expect(isAlive(worker.pid)).toBe(true);
  });

  it('fails with the step and what to try when it diverges', async () => {
    const huge = smallCsv().replaceAll(/(\d)$/gm, '$1e30');
    const dataset = await rig.ingested((await rig.upload(huge)).id);
    const { id } = await rig.createJob(dataset.id, { epochs: 5 }, { scaling: 'none' });
    const job = await rig.jobWhen(id, ended);
    expect(job).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'diverged' } });
    expect(job.error?.message).toContain('at step 1');
    expect(job.error?.hint).toContain('learning_rate (it was 0.001; try 0.0001)');
  });

  it('fails when the table of its dataset is damaged or gone', async () => {
    const dataset = await rig.ingested((await rig.upload(smallCsv())).id);
    const tableKey = dataset.tableKey ?? '';
    await rig.storage.put(tableKey, Readable.from(['this is no Parquet']));
    const damaged = await rig.createJob(dataset.id, { epochs: 1 });
    const error = { code: 'dataset_unreadable' };
    expect(await rig.jobWhen(damaged.id, ended)).toMatchObject({ status: 'failed', attempt: 1, error });
    await rig.storage.delete(tableKey);
    const gone = await rig.createJob(dataset.id, { epochs: 1 });
    expect(await rig.jobWhen(gone.id, ended)).toMatchObject({ status: 'failed', attempt: 1, error });
  });

  it('is ended at once by a cancellation while it waits', async () => {
    const before = await rig.createJob(datasetId, { max_seconds: 60 });
    await rig.jobWhen(before.id, atWork);
    const { id } = await rig.createJob(datasetId, { max_seconds: 60 });
    expect((await rig.cancel(id)).status).toBe('cancelled');
    await rig.cancel(before.id);
    await rig.jobWhen(before.id, ended);
    const next = await rig.createJob(datasetId, { epochs: 1 });
    expect(await rig.jobWhen(next.id, ended)).toMatchObject({ status: 'succeeded' });
    expect(await rig.database.trainingJobs.find(id)).toMatchObject({ status: 'cancelled', attempt: 0 });
  });

  it.each(['preparing', 'running'] as const)('is ended by a cancellation while it is %s', async (status) => {
    const { id } = await rig.createJob(datasetId, { max_seconds: 60 });
    await rig.jobWhen(id, (job) => (status === 'preparing' ? job.status === 'preparing' : atWork(job)));
    await rig.cancel(id);
    const from = performance.now();
    const job = await rig.jobWhen(id, ended);
    process.stdout.write(`cancelled while ${status} after ${Math.round(performance.now() - from)} ms\n`);
    expect(job).toMatchObject({ status: 'cancelled', attempt: 1, error: null, modelVersion: null });
    await until(() => childrenOf(worker.pid).length === 0);

    const next = await rig.createJob(datasetId, { epochs: 1 });
    expect(await rig.jobWhen(next.id, ended)).toMatchObject({ status: 'succeeded' });
  });

  it('is ended by a cancellation although its process is stopped', async () => {
    const { id } = await rig.createJob(datasetId, { max_seconds: 60 });
    await rig.jobWhen(id, atWork);
    const child = await trainingProcess(worker.pid);
    process.kill(child, 'SIGSTOP');
    await rig.cancel(id);
    expect(await rig.jobWhen(id, ended)).toMatchObject({ status: 'cancelled', attempt: 1 });
    await until(() => !isAlive(child));
  });

  it('shows every one of many short epochs, without a gap in its log', async () => {
    const { id } = await rig.createJob(datasetId, { epochs: 150 });
    expect(await rig.jobWhen(id, ended)).toMatchObject({ status: 'succeeded', epoch: 150 });
    const numbers = Array.from({ length: 150 }, (_, index) => index + 1);
    const metrics = await rig.database.trainingJobs.metrics(id);
    expect(metrics.map(({ epoch }) => epoch)).toEqual(numbers);
    const events = await rig.database.trainingJobs.events(id, { afterSequence: 0, limit: 1000 });
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    const epochs = events.filter(({ type }) => type === 'training_job.epoch');
    expect(epochs.map(({ data }) => data.epoch)).toEqual(numbers);
  });
});

describe('a training job', () => {
  afterEach(async ({ task }) => {
    const log = await rig.endWorkers();
    if (task.result?.state === 'fail') process.stdout.write(log);
  });

  it('goes on elsewhere when its worker is killed, and leaves no process behind', async () => {
    const first = rig.startWorker();
    const { id } = await rig.createJob(datasetId, { max_seconds: 3 });
    await rig.jobWhen(id, atWork);
    const orphan = await trainingProcess(first.pid);
    rig.startWorker();
    await first.end('SIGKILL');
    await until(() => !isAlive(orphan));

    const job = await rig.jobWhen(id, ended);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2 });
    const epochs = (await rig.database.trainingJobs.metrics(id)).map(({ epoch }) => epoch);
    expect(epochs).toEqual(epochs.map((_, index) => index + 1));
  });

  it('is handed back by a worker that is told to stop, and goes on at once elsewhere', async () => {
    const first = rig.startWorker();
    const { id } = await rig.createJob(datasetId, { max_seconds: 3 });
    await rig.jobWhen(id, atWork);
    const child = await trainingProcess(first.pid);
    // As a terminal does it on Ctrl-C: to all of them.
    process.kill(child, 'SIGINT');
    expect(await first.end('SIGINT')).toEqual({ code: 0, signal: null });
    expect(isAlive(child)).toBe(false);
    expect(await eventTypes(id)).toEqual(['queued', 'preparing', 'running', 'restarted']);
    expect(await rig.database.trainingJobs.find(id)).toMatchObject({ status: 'queued', leaseToken: null });

    rig.startWorker();
    expect(await rig.jobWhen(id, ended)).toMatchObject({ status: 'succeeded' });
  });

  it('is not touched by a worker that slept while another one took it', async () => {
    const sleeper = rig.startWorker();
    const { id } = await rig.createJob(datasetId, { max_seconds: 3 });
    await rig.jobWhen(id, atWork);
    process.kill(sleeper.pid, 'SIGSTOP');
    rig.startWorker();
    await rig.jobWhen(id, (job) => job.attempt === 2 && atWork(job));
    process.kill(sleeper.pid, 'SIGCONT');
    await until(() => sleeper.log().includes('another worker has the job'));

    const job = await rig.jobWhen(id, ended);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(childrenOf(sleeper.pid)).toEqual([]);
    const epochs = (await rig.database.trainingJobs.metrics(id)).map(({ epoch }) => epoch);
    expect(epochs).toEqual(epochs.map((_, index) => index + 1));
  });

  it('is handed back when the launcher is gone', async () => {
    const worker = rig.startWorker();
    const { id } = await rig.createJob(datasetId, { max_seconds: 60 });
    await rig.jobWhen(id, atWork);
    const child = await trainingProcess(worker.pid);
    worker.process.disconnect();
    await until(() => !isAlive(worker.pid));
    expect(isAlive(child)).toBe(false);
    expect(await rig.database.trainingJobs.find(id)).toMatchObject({ status: 'queued' });
    expect((await rig.cancel(id)).status).toBe('cancelled');
  });

  it('runs once, however often it is delivered', async () => {
    rig.startWorker();
    rig.startWorker();
    const { id } = await rig.createJob(datasetId, { max_seconds: 2 });
    let deliveries = 0;
    const job = await rig.jobWhen(id, (now) => {
      if (deliveries++ % 10 === 0) void rig.queue.deliver('train', id);
      return ended(now);
    });
    expect(deliveries).toBeGreaterThan(10);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await eventTypes(id)).toEqual(['queued', 'preparing', 'running', 'succeeded']);
  });

  it('is cancelled although its worker was killed before it could do it', async () => {
    const worker = rig.startWorker();
    const { id } = await rig.createJob(datasetId, { max_seconds: 60 });
    await rig.jobWhen(id, atWork);
    await worker.end('SIGKILL');
    expect((await rig.cancel(id)).status).toBe('cancelling');
    rig.startWorker();
    expect(await rig.jobWhen(id, ended)).toMatchObject({ status: 'cancelled', attempt: 1 });
  });
});

describe('what all this leaves', () => {
  it('is one file for each model version', async () => {
    const files: string[] = [];
    for await (const { key } of rig.storage.list('models/')) if (modelKeyOf(key) === null) files.push(key);
    const model = await rig.database.models.find('faults');
    const versions = await rig.database.models.listVersions(model?.id ?? '', { limit: 100 });
    expect(files.sort()).toEqual(versions.data.map(({ storageKey }) => storageKey).sort());
  });
});
