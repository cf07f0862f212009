import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freshDatabase } from '../../test/support/backing-services.ts';
import type { Dataset } from '../../domain/datasets/dataset.ts';
import { newId } from '../ids.ts';
import { connectDatabase, type Database } from './database.ts';
import {
  anyCard,
  anySpecification,
  epochMetrics,
  finishedModel,
  queuedJob,
  readyDataset,
} from '../../test/support/records.ts';

let database: Database;
beforeAll(async () => {
  database = connectDatabase(await freshDatabase());
});
afterAll(() => database.close());

describe('datasets', () => {
  const column: Dataset['columns'][number] = {
    name: 'temp\0erature',
    type: 'number',
    missing: 0,
    distinct: 3,
    min: -1.5,
    max: 1e300,
    mean: null,
    std: 0.1,
    examples: [1, 'two', true],
  };

  it('come back as they were written, the order of fields and odd characters included', async () => {
    const id = newId('ds');
    const created = await database.datasets.create({
      id,
      name: 'Wetter ☃ \ud83d\ude00',
      description: null,
      format: 'csv',
      bytes: 5_000_000_000,
      sha256: 'abc',
      onBadRows: 'skip',
      sourceKey: `datasets/${id}/source`,
    });
    expect(created).toMatchObject({
      id,
      status: 'validating',
      bytes: 5_000_000_000,
      tableKey: null,
      rowCount: null,
    });
    expect(created.createdAt).toBeInstanceOf(Date);
    expect(await database.datasets.find(id)).toEqual(created);

    const result = {
      tableKey: `datasets/${id}/table.parquet`,
      rowCount: 3_000_000_000,
      columns: [column],
      problems: [
        { row: 4, column: 'a', code: 'not_a_number' as const, message: 'expected a number, got "\ud800"' },
      ],
      problemCount: 1,
    };
    expect(await database.datasets.markReady(id, result)).toBe(true);
    const ready = await database.datasets.find(id);
    expect(ready).toMatchObject({ ...result, status: 'ready' });
    expect(Object.keys(ready?.columns[0] ?? {})).toEqual(Object.keys(column));
  });

  it('are marked once', async () => {
    const { id } = await readyDataset(database);
    expect(await database.datasets.markRejected(id, { problems: [], problemCount: 0 })).toBe(false);
    expect((await database.datasets.find(id))?.status).toBe('ready');
  });

  it('are not found by what can not be an id', async () => {
    for (const id of ['', 'ds_0', "'; DROP TABLE datasets; --", 'a\0b'])
      expect(await database.datasets.find(id)).toBeNull();
    expect(await database.datasets.delete('a\0b')).toBeNull();
    expect(await database.datasets.list({ limit: 1, name: '\0' })).toEqual({ data: [], hasMore: false });
  });

  it('are listed newest first, page after page, with filters', async () => {
    const own = connectDatabase(await freshDatabase());
    const ids: string[] = [];
    for (let index = 0; index < 5; index++)
      ids.unshift((await readyDataset(own, { name: index % 2 === 0 ? 'even' : 'odd' })).id);
    const seen: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await own.datasets.list({ limit: 2, ...(after !== undefined && { after }) });
      seen.push(...page.data.map(({ id }) => id));
      after = page.data.at(-1)?.id;
      if (!page.hasMore) break;
      expect(page.data).toHaveLength(2);
    }
    expect(seen).toEqual(ids);
    expect((await own.datasets.list({ limit: 5 })).hasMore).toBe(false);
    const odd = await own.datasets.list({ limit: 9, name: 'odd', status: 'ready' });
    expect(odd.data.map(({ id }) => id)).toEqual([ids[1], ids[3]]);
    expect((await own.datasets.list({ limit: 9, status: 'validating' })).data).toEqual([]);
    const { createdAt } = (await own.datasets.find(ids[1] ?? ''))!;
    const later = await own.datasets.list({ limit: 9, createdAfter: createdAt });
    expect(later.data.every((dataset) => dataset.createdAt > createdAt)).toBe(true);
    await own.close();
  });

  it('are stale while nobody has validated them', async () => {
    const own = connectDatabase(await freshDatabase());
    const { id } = await readyDataset(own, { validated: false });
    await readyDataset(own);
    const hour = 3_600_000;
    expect((await own.datasets.findStale(new Date(Date.now() + hour))).map((dataset) => dataset.id)).toEqual([
      id,
    ]);
    expect(await own.datasets.findStale(new Date(Date.now() - hour))).toEqual([]);
    await own.close();
  });

  it('are kept while a job that has not ended names them', async () => {
    const dataset = await readyDataset(database);
    const job = await queuedJob(database, { datasetId: dataset.id });
    expect(await database.datasets.delete(dataset.id)).toEqual({ inUseBy: `training job ${job.id}` });
    await database.trainingJobs.requestCancel(job.id);
    expect(await database.datasets.delete(dataset.id)).toEqual({ deleted: dataset });
    expect(await database.datasets.delete(dataset.id)).toBeNull();
    expect((await database.trainingJobs.find(job.id))?.datasetId).toBe(dataset.id);
  });

  it('are never deleted under a job that is made at the same time', async () => {
    for (let round = 0; round < 15; round++) {
      const { id: datasetId } = await readyDataset(database);
      const id = newId('job');
      const job = {
        id,
        datasetId,
        architecture: 'sequence_to_vector',
        specification: anySpecification,
        modelName: 'race',
      } as const;
      const [made, deleted] = await Promise.all([
        database.trainingJobs.create(job),
        database.datasets.delete(datasetId),
      ]);
      if (made === null) expect(deleted).toHaveProperty('deleted');
      else expect(deleted).toEqual({ inUseBy: `training job ${id}` });
      expect((await database.datasets.find(datasetId)) === null).toBe(made === null);
    }
  });
});

describe('training jobs', () => {
  it('go from queued to succeeded, and leave a model, curves and a log', async () => {
    const jobs = database.trainingJobs;
    const job = await queuedJob(database, { modelName: 'first-model' });
    expect(job).toMatchObject({
      status: 'queued',
      attempt: 0,
      progress: 0,
      metrics: null,
      modelVersion: null,
      leaseToken: null,
    });
    expect(job.specification).toEqual(anySpecification);

    const claimed = await jobs.claim(job.id, 'token');
    expect(claimed).toMatchObject({ status: 'preparing', attempt: 1, leaseToken: 'token', startedAt: null });
    const lease = { jobId: job.id, token: 'token' };
    expect(await jobs.start(lease)).toBe(true);
    expect(await jobs.heartbeat(lease, { progress: 0.25, epoch: 1, step: 10 })).toBe('running');
    expect(await jobs.find(job.id)).toMatchObject({ progress: 0.25, epoch: 1, step: 10 });
    expect(await jobs.recordEpochs(lease, [{ metrics: epochMetrics(1), progress: 0.5 }])).toBe(true);
    expect(await jobs.recordEpochs(lease, [{ metrics: { ...epochMetrics(2), loss: 7 }, progress: 1 }])).toBe(
      true,
    );
    expect(await jobs.recordEpochs(lease, [{ metrics: epochMetrics(2), progress: 1 }])).toBe(true);
    expect(await jobs.metrics(job.id)).toEqual([epochMetrics(1), epochMetrics(2)]);

    const version = await jobs.succeed(lease, finishedModel(job.id));
    expect(version).toMatchObject({
      name: 'first-model',
      version: 1,
      jobId: job.id,
      datasetId: job.datasetId,
      bytes: 10,
    });
    const ended = await jobs.find(job.id);
    expect(ended).toMatchObject({
      status: 'succeeded',
      progress: 1,
      epoch: 2,
      leaseToken: null,
      metrics: epochMetrics(2),
      modelVersion: { modelId: version?.modelId, name: 'first-model', version: 1 },
    });
    expect(ended?.finishedAt).toBeInstanceOf(Date);

    const events = await jobs.events(job.id, { afterSequence: 0, limit: 100 });
    expect(events.map(({ sequence, type }) => [sequence, type])).toEqual([
      [1, 'training_job.queued'],
      [2, 'training_job.preparing'],
      [3, 'training_job.running'],
      [4, 'training_job.epoch'],
      [5, 'training_job.epoch'],
      [6, 'training_job.succeeded'],
    ]);
    expect(events[3]?.data).toEqual({ ...epochMetrics(1), progress: 0.5 });
    expect(events[5]?.data).toEqual({ model: { id: version?.modelId, name: 'first-model', version: 1 } });
    expect(await jobs.events(job.id, { afterSequence: 2, limit: 2 })).toEqual(events.slice(2, 4));
  });

  it('are not made of a dataset that is not ready or not there', async () => {
    const { id: datasetId } = await readyDataset(database, { validated: false });
    for (const named of [datasetId, 'ds_none']) {
      const job = {
        id: newId('job'),
        datasetId: named,
        architecture: 'sequence_to_vector',
        specification: anySpecification,
        modelName: 'm',
      } as const;
      expect(await database.trainingJobs.create(job)).toBeNull();
      expect(await database.trainingJobs.find(job.id)).toBeNull();
    }
  });

  it('that wait are found, by age and by filters', async () => {
    const own = connectDatabase(await freshDatabase());
    const { id: datasetId } = await readyDataset(own);
    const [first, second, third] = [
      await queuedJob(own, { datasetId }),
      await queuedJob(own, { datasetId }),
      await queuedJob(own, { datasetId }),
    ];
    expect(await own.trainingJobs.queuedIds()).toEqual([first.id, second.id, third.id]);
    await own.trainingJobs.claim(first.id, 'token');
    expect(await own.trainingJobs.queuedIds()).toEqual([second.id, third.id]);
    const list = await own.trainingJobs.list({ limit: 9, status: 'queued', datasetId });
    expect(list.data.map(({ id }) => id)).toEqual([third.id, second.id]);
    expect((await own.trainingJobs.list({ limit: 9, modelName: 'other' })).data).toEqual([]);
    await own.close();
  });

  it('are cancelled at once while they wait, and through their worker after', async () => {
    const jobs = database.trainingJobs;
    const waiting = await queuedJob(database);
    expect(await jobs.requestCancel(waiting.id)).toMatchObject({
      changed: true,
      job: { status: 'cancelled' },
    });
    expect(await jobs.requestCancel(waiting.id)).toMatchObject({
      changed: false,
      job: { status: 'cancelled' },
    });
    expect(await jobs.claim(waiting.id, 'late')).toBeNull();

    const { id } = await queuedJob(database);
    const lease = { jobId: id, token: 'token' };
    await jobs.claim(id, lease.token);
    expect(await jobs.cancel(lease)).toBe(false);
    expect(await jobs.requestCancel(id)).toMatchObject({ changed: true, job: { status: 'cancelling' } });
    expect(await jobs.requestCancel(id)).toMatchObject({ changed: false, job: { status: 'cancelling' } });
    expect(await jobs.heartbeat(lease)).toBe('cancelling');
    expect(await jobs.start(lease)).toBe(false);
    expect(await jobs.cancel(lease)).toBe(true);
    expect(await jobs.find(id)).toMatchObject({ status: 'cancelled', leaseToken: null });
    expect(await jobs.requestCancel('job_none')).toBeNull();
  });

  it('keep curves and progress when their worker hands them back', async () => {
    const jobs = database.trainingJobs;
    const { id } = await queuedJob(database);
    const lease = { jobId: id, token: 'first' };
    await jobs.claim(id, 'first');
    await jobs.start(lease);
    await jobs.recordEpochs(lease, [{ metrics: epochMetrics(1), progress: 0.5 }]);
    const { startedAt } = (await jobs.find(id))!;
    expect(await jobs.handBack(lease, 'worker_stopped')).toBe('queued');
    expect(await jobs.find(id)).toMatchObject({
      status: 'queued',
      attempt: 1,
      progress: 0.5,
      epoch: 1,
      metrics: epochMetrics(1),
      leaseToken: null,
      heartbeatAt: null,
      startedAt,
    });
    expect(await jobs.metrics(id)).toEqual([epochMetrics(1)]);
    await jobs.claim(id, 'second');
    const again = { jobId: id, token: 'second' };
    await jobs.start(again);
    await jobs.recordEpochs(again, [
      { metrics: { ...epochMetrics(1), loss: 7 }, progress: 0.5 },
      { metrics: epochMetrics(2), progress: 1 },
    ]);
    expect(await jobs.find(id)).toMatchObject({ attempt: 2, startedAt });
    expect(await jobs.metrics(id)).toEqual([{ ...epochMetrics(1), loss: 7 }, epochMetrics(2)]);
    const events = await jobs.events(id, { afterSequence: 3, limit: 9 });
    expect(events.map(({ type }) => type)).toEqual([
      'training_job.epoch',
      'training_job.restarted',
      'training_job.preparing',
      'training_job.running',
      'training_job.epoch',
    ]);
    expect(events[1]?.data).toEqual({ reason: 'worker_stopped', attempt: 1, resumes_from: null });
  });

  it('are paused at once while they wait, through their worker after, and go on when resumed', async () => {
    const jobs = database.trainingJobs;
    const { id } = await queuedJob(database);
    expect(await jobs.requestPause(id)).toMatchObject({ changed: true, job: { status: 'paused' } });
    expect(await jobs.requestPause(id)).toMatchObject({ changed: false, job: { status: 'paused' } });
    expect(await jobs.claim(id, 'early')).toBeNull();
    expect(await jobs.resume(id)).toMatchObject({
      changed: true,
      resumedBefore: false,
      job: { status: 'queued' },
    });
    expect(await jobs.resume(id)).toMatchObject({ changed: false, resumedBefore: true });

    const lease = { jobId: id, token: 'token' };
    await jobs.claim(id, lease.token, 'wrk_1');
    expect(await jobs.find(id)).toMatchObject({ workerId: 'wrk_1' });
    await jobs.start(lease);
    expect(await jobs.pause(lease)).toBe(false);
    expect(await jobs.requestPause(id)).toMatchObject({ changed: true, job: { status: 'pausing' } });
    expect(await jobs.requestPause(id)).toMatchObject({ changed: false, job: { status: 'pausing' } });
    expect(await jobs.resume(id)).toMatchObject({ changed: false, job: { status: 'pausing' } });
    expect(await jobs.heartbeat(lease)).toBe('pausing');
    expect(await jobs.recordEpochs(lease, [{ metrics: epochMetrics(1), progress: 0.5 }])).toBe(true);
    expect(await jobs.pause(lease)).toBe(true);
    expect(await jobs.find(id)).toMatchObject({
      status: 'paused',
      progress: 0.5,
      leaseToken: null,
      heartbeatAt: null,
      workerId: null,
    });
    expect(await jobs.heartbeat(lease)).toBeNull();
    expect(await jobs.requestCancel(id)).toMatchObject({ changed: true, job: { status: 'cancelled' } });
    expect(await jobs.requestPause('job_none')).toBeNull();
    expect(await jobs.resume('job_none')).toBeNull();
  });

  it('go where they were asked to when their worker hands them back', async () => {
    const jobs = database.trainingJobs;
    for (const [ask, status] of [
      ['requestPause', 'paused'],
      ['requestCancel', 'cancelled'],
    ] as const) {
      const { id } = await queuedJob(database);
      const lease = { jobId: id, token: 'token' };
      await jobs.claim(id, lease.token);
      await jobs[ask](id);
      expect(await jobs.handBack(lease, 'preempted')).toBe(status);
      expect(await jobs.handBack(lease, 'preempted')).toBeNull();
    }
  });

  it('are deleted once they have ended, and their model stays', async () => {
    const jobs = database.trainingJobs;
    const { id } = await queuedJob(database, { modelName: 'stays' });
    const lease = { jobId: id, token: 'token' };
    await jobs.claim(id, 'token');
    await jobs.start(lease);
    await jobs.recordEpochs(lease, [{ metrics: epochMetrics(1), progress: 0.5 }]);
    expect(await jobs.delete(id)).toBe('not_ended');
    await jobs.succeed(lease, finishedModel(id));
    expect(await jobs.delete(id)).toBe('deleted');
    expect(await jobs.delete(id)).toBe('not_found');
    expect(await jobs.events(id, { afterSequence: 0, limit: 9 })).toEqual([]);
    expect(await database.models.findVersion({ nameOrId: 'stays' })).toMatchObject({ version: 1, jobId: id });
  });
});

describe('models', () => {
  it('are found by name, id and version', async () => {
    const versions = [];
    for (let index = 0; index < 3; index++) {
      const { id } = await queuedJob(database, { modelName: 'findable' });
      await database.trainingJobs.claim(id, 'token');
      const lease = { jobId: id, token: 'token' };
      await database.trainingJobs.start(lease);
      versions.push((await database.trainingJobs.succeed(lease, finishedModel(id)))!);
    }
    const model = (await database.models.find('findable'))!;
    expect(model).toMatchObject({ name: 'findable', latestVersion: 3 });
    expect(await database.models.find(model.id)).toEqual(model);
    expect(await database.models.findVersion({ nameOrId: 'findable' })).toEqual(versions[2]);
    expect(await database.models.findVersion({ nameOrId: model.id, version: 1 })).toEqual(versions[0]);
    expect(versions[0]?.card).toEqual(anyCard(versions[0]!.jobId));
    for (const missing of [
      { nameOrId: 'findable', version: 4 },
      { nameOrId: 'none' },
      { nameOrId: 'mdl_none' },
    ])
      expect(await database.models.findVersion(missing)).toBeNull();
    const page = await database.models.listVersions(model.id, { limit: 2 });
    expect(page).toEqual({ data: [versions[2], versions[1]], hasMore: true });
    expect(await database.models.listVersions(model.id, { limit: 2, after: 2 })).toEqual({
      data: [versions[0]],
      hasMore: false,
    });
    expect((await database.models.list({ limit: 9, name: 'findable' })).data).toEqual([model]);
    expect(await database.models.usesStorageKey(versions[0]!.storageKey)).toBe(true);
    expect(await database.models.usesStorageKey('models/none/model.onnx')).toBe(false);
    expect(
      await database.models.unusedStorageKeys(['models/none/model.onnx', versions[0]!.storageKey]),
    ).toEqual(['models/none/model.onnx']);
  });
});

describe('a database that is not there', () => {
  it('is said to be unavailable', async () => {
    const nowhere = connectDatabase('postgresql://u:p@127.0.0.1:1/none');
    await expect(nowhere.check()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(nowhere.datasets.find('ds_1')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(nowhere.trainingJobs.claim('job_1', 'token')).rejects.toMatchObject({ code: 'unavailable' });
    await nowhere.close();
    await expect(database.check()).resolves.toBeUndefined();
  });

  it('is given up when it falls silent, and found again when it speaks', async () => {
    let silent = false;
    const url = new URL(await freshDatabase());
    const { port, hostname } = url;
    const connections = new Set<Socket>();
    const proxy = createServer((client) => {
      const server = connect(Number(port), hostname);
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        connections.add(from);
        from.on('error', () => undefined).on('close', () => to.destroy());
        from.on('data', (data) => {
          if (!silent) to.write(data);
        });
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    url.port = String((proxy.address() as AddressInfo).port);
    const cutOff = connectDatabase(url.href, { silentForMs: 1000 });
    onTestFinished(async () => {
      await cutOff.close();
      for (const connection of connections) connection.destroy();
      proxy.close();
    });
    const { id: jobId } = await queuedJob(cutOff);
    silent = true;
    const unavailable = { code: 'unavailable' };
    await Promise.all([
      expect(cutOff.check()).rejects.toMatchObject(unavailable),
      expect(cutOff.trainingJobs.claim(jobId, 'token')).rejects.toMatchObject(unavailable),
      expect(cutOff.trainingJobs.find(jobId)).rejects.toMatchObject(unavailable),
    ]);
    silent = false;
    await expect(cutOff.check()).resolves.toBeUndefined();
    expect(await cutOff.trainingJobs.claim(jobId, 'token')).toMatchObject({ status: 'preparing' });
  });
});

describe('a database whose disk is full', () => {
  it('is said to be that, and changes nothing', async () => {
    const url = await freshDatabase();
    const full = connectDatabase(url);
    const { id } = await queuedJob(full);
    const client = new pg.Client({ connectionString: url });
    onTestFinished(async () => {
      await Promise.all([full.close(), client.end()]);
    });
    await client.connect();
    await client.query(`
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device';
      END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON training_job_events EXECUTE FUNCTION full_disk()`);
    await expect(full.trainingJobs.claim(id, 'token')).rejects.toMatchObject({ code: 'storage_full' });
    expect(await full.trainingJobs.find(id)).toMatchObject({ status: 'queued', attempt: 0 });
  });
});
