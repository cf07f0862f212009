/** Jobs that are broken off, paused and handed from worker to worker come to the same bits as those that are left alone. */
import { open, readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { weightsKeyOf } from '../../domain/models/version-files.ts';
import { findFirstWeights, type InitializeFrom } from '../../domain/training-jobs/initialize-from.ts';
import { requestPause } from '../../domain/training-jobs/request-pause.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import { resumeTrainingJob } from '../../domain/training-jobs/resume-training-job.ts';
import type { TrainingJob } from '../../domain/training-jobs/training-job.ts';
import type { ReaderArchitecture } from '../../engine/spec/architectures.ts';
import { newId } from '../../platform/ids.ts';
import { readWeights } from '../../workers/train/weights.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { childrenOf, ended, pause, smallCsv, startRig, until, type Rig, type WorkerProcess } from './rig.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 90_000 });

/** Lost workers are what these tests are made of. */
const settings = { CHECKPOINT_SECONDS: '0.05', MAX_ATTEMPTS: '100' };

const data = {
  inputs: [{ column: 'value' }],
  targets: [{ column: 'value' }],
  order_by: 'date',
  window: { length: 14, horizon: 3 },
};

/** One of each: an architecture without an entry does not compile. */
const models: Record<ReaderArchitecture, object> = {
  sequence_to_vector: { cell: 'lstm', hidden_size: 8, layers: 2, dropout: 0.3 },
  sequence_to_sequence: { cell: 'gru', hidden_size: 12, recurrent_dropout: 0.2 },
};
const architectures = Object.keys(models) as ReaderArchitecture[];

let rig: Rig;
let datasetId: string;
let worker: WorkerProcess;
/** Of each architecture, what a job without any disturbance came to. */
const quiet = new Map<ReaderArchitecture, Outcome>();

beforeAll(async () => {
  rig = await startRig({ databaseUrl: await freshDatabase(), redisUrl: await freshRedis() });
  worker = rig.startWorker(settings);
  datasetId = (await rig.ingested((await rig.upload(smallCsv())).id)).id;
});
afterAll(async () => {
  expect(await rig.end()).toEqual([]);
});
afterEach(async ({ task }) => {
  const log = await rig.endWorkers();
  if (task.result?.state === 'fail') process.stdout.write(log);
});

async function createJob(architecture: ReaderArchitecture): Promise<TrainingJob> {
  const specification = resolveSpecification({
    architecture,
    data,
    model: models[architecture],
    training: { epochs: 150, batch_size: 8, early_stopping: null, seed: 11 },
  });
  const id = newId('job');
  const job = await rig.database.trainingJobs.create({
    id,
    datasetId,
    architecture,
    specification,
    modelName: 'checkpoints',
  });
  await rig.queue.deliver('train', id);
  return job!;
}

interface Outcome {
  readonly metrics: readonly object[];
  readonly file: Buffer;
}

/** All that must be the same: the curves but for times, and the model's file. */
async function outcomeOf(id: string): Promise<Outcome> {
  const job = await rig.jobWhen(id, ended);
  expect(job).toMatchObject({ status: 'succeeded', error: null });
  const metrics = (await rig.database.trainingJobs.metrics(id)).map((point) => ({
    ...point,
    steps_per_second: 0,
    elapsed_seconds: 0,
  }));
  expect(metrics.map(({ epoch }) => epoch)).toEqual(metrics.map((_, index) => index + 1));
  const { modelId, version } = job.modelVersion!;
  const { storageKey } = (await rig.database.models.findVersion({ nameOrId: modelId, version }))!;
  const { path } = await rig.storage.localPath(storageKey);
  return { metrics, file: await readFile(path) };
}

async function expectQuietOutcome(id: string, architecture: ReaderArchitecture): Promise<void> {
  const outcome = await outcomeOf(id);
  expect(outcome.metrics).toEqual(quiet.get(architecture)!.metrics);
  expect(outcome.file.equals(quiet.get(architecture)!.file)).toBe(true);
}

/** What the log says of such events. */
async function told(id: string, type: string) {
  const events = await rig.database.trainingJobs.events(id, { afterSequence: 0, limit: 10_000 });
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  return events.filter((event) => event.type === `training_job.${type}`);
}

const newCheckpoint = async (id: string): Promise<void> => {
  const last = (await rig.database.checkpoints.latest(id))?.step ?? 0;
  await until(async () => {
    const job = await rig.database.trainingJobs.find(id);
    return ended(job!) || ((await rig.database.checkpoints.latest(id))?.step ?? 0) > last;
  });
};

describe.each(architectures)('%s', (architecture) => {
  it('comes to something when it is left alone', async () => {
    worker = rig.startWorker(settings);
    quiet.set(architecture, await outcomeOf((await createJob(architecture)).id));
  });

  it('comes to the same bits when its process, its worker, or all of them are killed at random', async () => {
    worker = rig.startWorker(settings);
    const { id } = await createJob(architecture);
    const kills: (() => Promise<void>)[] = [
      async () => {
        for (const child of childrenOf(worker.pid)) process.kill(child, 'SIGKILL');
      },
      async () => {
        await worker.end('SIGKILL');
        worker = rig.startWorker(settings);
      },
      async () => {
        for (const child of childrenOf(worker.pid)) process.kill(child, 'SIGKILL');
        await worker.end('SIGKILL');
        worker = rig.startWorker(settings);
      },
    ];
    for (const kill of kills) {
      await newCheckpoint(id);
      await pause(Math.random() * 300);
      await kill();
    }
    await expectQuietOutcome(id, architecture);
    const restarts = await told(id, 'restarted');
    expect(restarts.length).toBeGreaterThan(0);
    for (const { data } of restarts) expect(data.resumes_from).not.toBeNull();
  });

  it('gives its worker back while it is paused, and goes on from the very step, also elsewhere', async () => {
    const ports = { ...rig.database, ...rig, report: () => undefined };
    worker = rig.startWorker(settings);
    const { id } = await createJob(architecture);
    await rig.jobWhen(id, ({ epoch }) => epoch >= 5);
    await requestPause({ ...ports, trainingJobs: rig.database.trainingJobs }, id);
    const paused = await rig.jobWhen(id, ({ status }) => status === 'paused');
    expect(paused).toMatchObject({ leaseToken: null, attempt: 1 });
    await until(() => childrenOf(worker.pid).length === 0);
    const latest = (await rig.database.checkpoints.latest(id))!;
    expect(await told(id, 'paused')).toMatchObject([
      { data: { resumes_from: { epoch: latest.epoch, step: latest.step } } },
    ]);
    await worker.end('SIGTERM');

    worker = rig.startWorker(settings);
    await resumeTrainingJob({ ...ports, trainingJobs: rig.database.trainingJobs }, id);
    await expectQuietOutcome(id, architecture);
  });
});

describe('a job', () => {
  it('is handed back with a fresh checkpoint by a worker that is told to stop', async () => {
    // The only checkpoint is the one that is written when the worker stops.
    worker = rig.startWorker({ ...settings, CHECKPOINT_SECONDS: '3600' });
    const { id } = await createJob('sequence_to_sequence');
    await rig.jobWhen(id, ({ epoch }) => epoch >= 5);
    expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const latest = (await rig.database.checkpoints.latest(id))!;
    expect(latest.epoch).toBeGreaterThanOrEqual(5);
    expect(await told(id, 'restarted')).toMatchObject([
      { data: { reason: 'worker_stopped', resumes_from: { epoch: latest.epoch, step: latest.step } } },
    ]);
    worker = rig.startWorker(settings);
    await expectQuietOutcome(id, 'sequence_to_sequence');
  });

  it('goes on from the checkpoint before a damaged one, and its log tells of it', async () => {
    worker = rig.startWorker(settings);
    const { id } = await createJob('sequence_to_vector');
    await newCheckpoint(id);
    await newCheckpoint(id);
    await worker.end('SIGKILL');
    const [newest, before] = await rig.database.checkpoints.list(id);
    const { path } = await rig.storage.localPath(newest!.storageKey);
    const file = await open(path, 'r+');
    await file.write(Buffer.from([0xff, 0xff]), 0, 2, 1000);
    await file.close();

    worker = rig.startWorker(settings);
    await expectQuietOutcome(id, 'sequence_to_vector');
    expect(before).toBeDefined();
    expect(await told(id, 'checkpoint_damaged')).toMatchObject([
      { level: 'warning', data: { checkpoint: newest!.id, step: newest!.step } },
    ]);
    await until(async () => (await rig.storage.stat(newest!.storageKey)) === null);
  });

  it('keeps no more than three checkpoints, and no file without a row', async () => {
    const keys: string[] = [];
    for await (const { key } of rig.storage.list('checkpoints/')) keys.push(key);
    const jobs = await rig.database.trainingJobs.list({ limit: 100 });
    const rows: string[] = [];
    for (const { id } of jobs.data) {
      const checkpoints = await rig.database.checkpoints.list(id);
      expect(checkpoints.length).toBeLessThanOrEqual(3);
      expect(checkpoints.filter(({ isBest }) => isBest).length).toBe(checkpoints.length > 0 ? 1 : 0);
      rows.push(...checkpoints.map(({ storageKey }) => storageKey));
    }
    // A worker that was killed may have left some that it had no time to write the row of, or to remove.
    expect(rows.filter((key) => !keys.includes(key))).toEqual([]);
  });
});

describe('fine-tuning', () => {
  it('begins with the weights of a model or a checkpoint, and with the scaling that they were trained with', async () => {
    worker = rig.startWorker(settings);
    const source = await rig.jobWhen((await createJob('sequence_to_vector')).id, ended);
    const { modelId, version } = source.modelVersion!;
    const model = (await rig.database.models.findVersion({ nameOrId: modelId, version }))!;
    const ports = { ...rig.database, storage: rig.storage };
    const specification = resolveSpecification({
      architecture: 'sequence_to_vector',
      data,
      model: models.sequence_to_vector,
      training: { epochs: 2, batch_size: 8, optimizer: { type: 'sgd', learning_rate: 1e-9 } },
    });
    // Other numbers: scaling fitted on them would be another.
    const other = smallCsv().replaceAll(/,(\d+)/g, (_, whole: string) => `,${Number(whole) + 5}`);
    const dataset = await rig.ingested((await rig.upload(other)).id);
    const tuned = async (asked: InitializeFrom): Promise<TrainingJob> => {
      const id = newId('job');
      await rig.database.trainingJobs.create({
        id,
        datasetId: dataset.id,
        architecture: 'sequence_to_vector',
        specification,
        modelName: 'tuned',
        initializeFrom: await findFirstWeights(ports, asked, specification),
      });
      await rig.queue.deliver('train', id);
      return rig.jobWhen(id, ended);
    };
    const parametersOf = async (job: TrainingJob) => {
      expect(job).toMatchObject({ status: 'succeeded', error: null });
      const { modelId: nameOrId, version } = job.modelVersion!;
      const found = (await rig.database.models.findVersion({ nameOrId, version }))!;
      const { path } = await rig.storage.localPath(weightsKeyOf(found.storageKey));
      return { ...(await readWeights(path)), lineage: found.card.lineage };
    };

    const first = await readWeights((await rig.storage.localPath(weightsKeyOf(model.storageKey))).path);
    const reference = `${model.name}@${version}`;
    const fromModel = await parametersOf(await tuned({ model: reference }));
    expect(fromModel.fitted).toEqual(first.fitted);
    expect(fromModel.lineage.initialized_from).toBe(reference);
    // A learning rate of next to nothing: the weights are those that it began with, to the last digits.
    fromModel.parameters.forEach((value, index) => expect(value).toBeCloseTo(first.parameters[index]!, 5));

    const best = (await rig.database.checkpoints.list(source.id)).find(({ isBest }) => isBest)!;
    const second = await readWeights((await rig.storage.localPath(best.storageKey)).path);
    expect(second.fitted).toEqual(first.fitted);
    const fromCheckpoint = await parametersOf(await tuned({ job: source.id }));
    expect(fromCheckpoint.lineage.initialized_from).toBe(`${best.id} of ${source.id}`);
    fromCheckpoint.parameters.forEach((value, index) => {
      expect(value).toBeCloseTo(second.parameters[index]!, 5);
    });

    await rig.storage.delete(weightsKeyOf(model.storageKey));
    await expect(tuned({ model: reference })).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('fails with a clear code when the weights are gone by the time it begins', async () => {
    const [{ id: sourceId } = { id: '' }] = (
      await rig.database.trainingJobs.list({ limit: 100 })
    ).data.filter(
      ({ status, architecture }) => status === 'succeeded' && architecture === 'sequence_to_vector',
    );
    const source = (await rig.database.trainingJobs.find(sourceId))!;
    const ports = { ...rig.database, storage: rig.storage };
    const initializeFrom = await findFirstWeights(ports, { job: sourceId }, source.specification);
    const { datasetId: dataset, architecture, specification } = source;
    const id = newId('job');
    const row = { id, datasetId: dataset, architecture, specification, modelName: 'tuned', initializeFrom };
    await rig.database.trainingJobs.create(row);
    await rig.storage.delete(initializeFrom.storageKey);
    worker = rig.startWorker(settings);
    await rig.queue.deliver('train', id);
    expect(await rig.jobWhen(id, ended)).toMatchObject({
      status: 'failed',
      error: { code: 'first_weights_unusable' },
    });
  });
});
