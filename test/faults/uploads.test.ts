/** What becomes of uploads, and of the files around them, when they are bad, deleted meanwhile, or left by a crash. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { deleteDataset } from '../../domain/datasets/delete-dataset.ts';
import { checkpointKey } from '../../domain/training-jobs/training-checkpoint.ts';
import { sweepStorage } from '../../workers/housekeeping/sweep-storage.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';
import { childrenOf, ended, smallCsv, startRig, until, type Rig, type WorkerProcess } from './rig.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let rig: Rig;
let worker: WorkerProcess;

beforeAll(async () => {
  rig = await startRig({ databaseUrl: await freshDatabase(), redisUrl: await freshRedis() });
  worker = rig.startWorker();
});
afterAll(async () => {
  expect(await rig.end()).toEqual([]);
});

const keys = async (prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of rig.storage.list(prefix)) found.push(key);
  return found.sort();
};

describe('an upload', () => {
  it('becomes a table with a profile', async () => {
    const { id } = await rig.upload(smallCsv());
    const dataset = await rig.ingested(id);
    expect(dataset).toMatchObject({
      status: 'ready',
      rowCount: 300,
      tableKey: `datasets/${id}/table.parquet`,
    });
    expect(dataset.columns.map(({ name, type }) => [name, type])).toEqual([
      ['date', 'date'],
      ['value', 'number'],
    ]);
    expect(await keys(`datasets/${id}/`)).toEqual([`datasets/${id}/source`, `datasets/${id}/table.parquet`]);
  });

  it('is rejected with its problems, and gets no table', async () => {
    const { id } = await rig.upload('date,value\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3,4\n');
    const dataset = await rig.ingested(id);
    expect(dataset).toMatchObject({ status: 'rejected', tableKey: null, problemCount: 1 });
    expect(dataset.problems[0]).toMatchObject({ row: 3 });
    expect(await keys(`datasets/${id}/`)).toEqual([`datasets/${id}/source`]);
  });

  it.each([
    ['nothing', ''],
    ['a header alone', 'date,value\n'],
    ['bytes that are no text', randomBytes(4096).toString('latin1')],
  ])('of %s is rejected', async (_, csv) => {
    const dataset = await rig.ingested((await rig.upload(csv)).id);
    expect(dataset.status).toBe('rejected');
    expect(dataset.problems[0]?.message.length).toBeGreaterThan(10);
  });

  it('whose reader is killed is read again', async () => {
    // readers of the tests before may still be ending, and this one must live long enough to be seen
    await until(() => childrenOf(worker.pid).length === 0);
    const rows = Array.from({ length: 90_000 }, (_, row) => `${row},${row % 7}`);
    const { id } = await rig.upload(['row,value', ...rows].join('\n'));
    await until(() => childrenOf(worker.pid).length > 0);
    process.kill(childrenOf(worker.pid)[0] ?? 0, 'SIGKILL');
    expect(await rig.ingested(id)).toMatchObject({ status: 'ready', rowCount: rows.length });
    expect(worker.log()).toContain('signal SIGKILL');
  });

  it('that is delivered many times is read without harm', async () => {
    rig.startWorker();
    const uploads = await Promise.all(Array.from({ length: 4 }, () => rig.upload(smallCsv())));
    for (const { id } of uploads) await rig.queue.deliver('ingest', id);
    for (const { id } of uploads) {
      expect(await rig.ingested(id)).toMatchObject({ status: 'ready' });
      await rig.queue.deliver('ingest', id);
      expect(await rig.storage.stat(`datasets/${id}/table.parquet`)).not.toBeNull();
    }
  });

  it('that is deleted while it is read leaves nothing', async () => {
    const { datasets } = rig.database;
    const uploads = await Promise.all(Array.from({ length: 4 }, () => rig.upload(smallCsv())));
    const report = (message: string): void => expect.fail(message);
    for (const { id } of uploads)
      await deleteDataset({ datasets, storage: rig.storage, queue: rig.queue, report }, id);
    const next = await rig.upload(smallCsv());
    await rig.ingested(next.id);
    for (const { id } of uploads) await until(async () => (await keys(`datasets/${id}/`)).length === 0);
  });

  it('whose file is gone is rejected', async () => {
    const { datasets } = rig.database;
    const [id, sourceKey] = ['ds_0', 'datasets/ds_0/source'];
    const row = { id, name: 'gone', description: null, format: 'csv', onBadRows: 'reject' } as const;
    await datasets.create({ ...row, bytes: 1, sha256: 'f'.repeat(64), sourceKey });
    await rig.queue.deliver('ingest', id);
    expect(await rig.ingested(id)).toMatchObject({ status: 'rejected', problems: [{ code: 'unreadable' }] });
  });
});

describe('sweepStorage', () => {
  it('removes the old files that no row names, and no others', async () => {
    const dataset = await rig.ingested((await rig.upload(smallCsv())).id);
    const job = await rig.jobWhen((await rig.createJob(dataset.id, { epochs: 1 })).id, ended);
    const version = await rig.database.models.findVersion({ nameOrId: job.modelVersion?.modelId ?? '' });
    const strays = [
      'datasets/ds_gone/source',
      `datasets/${dataset.id}/table.parquet.old`,
      `models/${job.id}-lost/model.onnx`,
      checkpointKey(job.id, 'ckpt_without_a_row'),
    ];
    for (const key of strays) await rig.storage.put(key, Readable.from(['stray']));

    const ports = { ...rig.database, storage: rig.storage };
    expect(await sweepStorage(ports, new Date(Date.now() - 60_000))).toEqual([]);
    expect([...(await sweepStorage(ports, new Date(Date.now() + 60_000)))].sort()).toEqual(strays.sort());
    expect(await rig.storage.stat(version?.storageKey ?? '')).not.toBeNull();
    expect(await rig.storage.stat(dataset.tableKey ?? '')).not.toBeNull();
    expect(await rig.storage.stat(dataset.sourceKey)).not.toBeNull();
  });
});
