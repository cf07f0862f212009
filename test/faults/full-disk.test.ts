/** What becomes of uploads and jobs when there is no room left, on a small disk that really fills up. */
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../platform/embedded/process.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { atWork, ended, smallCsv, startRig, until, type Rig, type WorkerProcess } from './rig.ts';
import { noSmallDisk, smallDisk, type SmallDisk } from './small-disk.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const impossible = noSmallDisk();
if (impossible !== null) process.stdout.write(`The tests of a full disk are left out: ${impossible}\n`);

describe.skipIf(impossible !== null)('a full disk', () => {
  let disk: SmallDisk;
  let rig: Rig;
  let url: string;
  let stopApi: () => Promise<void>;
  let datasetId: string;
  let worker: WorkerProcess;

  beforeAll(async () => {
    disk = await smallDisk(4 * 2 ** 20);
    const [databaseUrl, redisUrl] = await Promise.all([freshDatabase(), freshRedis()]);
    rig = await startRig({ databaseUrl, redisUrl, disk });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const api = disk.fork(new URL('../../dist/services/main.js', import.meta.url), {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      DATA_DIR: disk.inside,
      PORT: String(port),
      LOG_LEVEL: 'warn',
    });
    stopApi = async () => {
      api.kill('SIGTERM');
      if (api.exitCode === null) await once(api, 'exit');
    };
    let log = '';
    for (const stream of [api.stdout, api.stderr]) stream?.on('data', (text) => (log += String(text)));
    api.once('exit', () => process.stdout.write(log));
    await until(() =>
      fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
        () => {
          if (api.exitCode !== null) throw new Error('the API process has ended');
          return false;
        },
      ),
    );
  });
  afterAll(async () => {
    await stopApi();
    expect(await rig.end()).toEqual([]);
  });

  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stdout.write(worker.log());
  });

  const upload = async (body: string) => {
    const response = await fetch(`${url}/v1/datasets`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body,
    });
    return { status: response.status, body: (await response.json()) as { id: string; code?: string } };
  };
  const files = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of rig.storage.list('')) found.push(key);
    return [...found, ...(await readdir(join(disk.path, 'objects/.unfinished')))].sort();
  };

  it('refuses an upload that has no room, and keeps nothing of it', async () => {
    const refused = await upload(`text\n${'x'.repeat(6 * 2 ** 20)}\n`);
    expect(refused).toMatchObject({ status: 507, body: { code: 'storage_full' } });
    expect(await files()).toEqual([]);
    expect((await rig.database.datasets.list({ limit: 1 })).data).toEqual([]);
  });

  it('rejects an upload whose table has no room, and takes the next one when there is', async () => {
    const { status, body } = await upload(smallCsv());
    expect(status).toBe(202);
    await disk.fill();
    worker = rig.startWorker({ CHECKPOINT_SECONDS: '0.2' });
    expect(await rig.ingested(body.id)).toMatchObject({
      status: 'rejected',
      tableKey: null,
      problems: [{ code: 'storage_full' }],
    });
    await disk.free();
    expect(await files()).toEqual([`datasets/${body.id}/source`]);

    datasetId = (await upload(smallCsv())).body.id;
    expect(await rig.ingested(datasetId)).toMatchObject({ status: 'ready' });
  });

  it('is no reason to end a job that can not write a checkpoint', async () => {
    const { id } = await rig.createJob(datasetId, { max_seconds: 6 });
    await rig.jobWhen(id, atWork);
    await disk.fill();
    await until(async () => {
      const events = await rig.database.trainingJobs.events(id, { afterSequence: 0, limit: 10_000 });
      return events.some(({ type }) => type === 'training_job.checkpoint_failed');
    });
    await disk.free();
    expect(await rig.jobWhen(id, ended)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('fails a job whose model has no room, and serves nothing of it', async () => {
    const before = await files();
    const { id } = await rig.createJob(datasetId, { max_seconds: 2 });
    await rig.jobWhen(id, atWork);
    await disk.fill();
    const job = await rig.jobWhen(id, ended);
    expect(job).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'storage_full' },
      modelVersion: null,
    });
    expect((await files()).filter((key) => key.startsWith('models/'))).toEqual(
      before.filter((key) => key.startsWith('models/')),
    );
    await disk.free();
    const next = await rig.createJob(datasetId, { epochs: 1 });
    expect(await rig.jobWhen(next.id, ended)).toMatchObject({ status: 'succeeded' });
  });
});
