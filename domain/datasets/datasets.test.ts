import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRealParts, type RealParts } from '../../test/support/real-parts.ts';
import { queuedJob, readyDataset } from '../../test/support/records.ts';
import { createDataset, createDatasetOfFile } from './create-dataset.ts';
import { deleteDataset } from './delete-dataset.ts';

let parts: RealParts;
beforeAll(async () => {
  parts = await openRealParts();
});
afterAll(() => parts.close());

const upload = (body: Readable, maxBytes = 1000) => ({
  name: 'weather',
  description: null,
  format: 'csv' as const,
  onBadRows: 'reject' as const,
  body,
  maxBytes,
});

const storedKeys = async (): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of parts.storage.list('datasets/')) keys.push(key);
  return keys;
};

describe('createDataset', () => {
  it('stores the bytes, writes the row, and delivers it', async () => {
    const dataset = await createDataset(parts, upload(Readable.from(['a,b\n1,2\n'])));
    expect(dataset).toMatchObject({ name: 'weather', status: 'validating', bytes: 8 });
    expect(dataset.id).toMatch(/^ds_[0-9a-f]{32}$/);
    expect(await parts.datasets.find(dataset.id)).toEqual(dataset);
    expect(await text(await parts.storage.read(dataset.sourceKey))).toBe('a,b\n1,2\n');
    const ids = parts.delivered('ingest');
    await expect.poll(() => ids).toEqual([dataset.id]);
  });

  it('keeps neither file nor row of an upload that is too large or breaks off', async () => {
    const before = await storedKeys();
    const list = (await parts.datasets.list({ limit: 100 })).data;
    await expect(createDataset(parts, upload(Readable.from(['123456']), 5))).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    const broken = new Readable({ read: () => undefined });
    broken.push('half');
    broken.destroy();
    await expect(createDataset(parts, upload(broken))).rejects.toMatchObject({ code: 'upload_incomplete' });
    expect(await storedKeys()).toEqual(before);
    expect((await parts.datasets.list({ limit: 100 })).data).toEqual(list);
  });

  it('keeps no file when the row can not be written', async () => {
    const before = await storedKeys();
    const unwritable = { ...upload(Readable.from(['a'])), description: '\0' };
    await expect(createDataset(parts, unwritable)).rejects.toThrow();
    expect(await storedKeys()).toEqual(before);
  });

  it('takes an upload that can not be delivered yet', async () => {
    const ports = { ...parts, queue: parts.brokenQueue };
    const dataset = await createDataset(ports, upload(Readable.from(['a'])));
    expect((await parts.datasets.find(dataset.id))?.status).toBe('validating');
    expect(parts.reports).toContain(`Dataset ${dataset.id} is not delivered yet`);
  });
});

describe('createDatasetOfFile', () => {
  it('goes on where a process died between the file and its row, and makes one dataset', async () => {
    const id = parts.newId('ds');
    await parts.storage.put(`datasets/${id}/source`, Readable.from(['a\n1\n']));
    const file = {
      ...{ id, name: 'a', description: null, format: 'csv' as const, onBadRows: 'reject' as const },
      path: () => Promise.reject(new Error('the file was moved')),
    };
    const made = await Promise.all([createDatasetOfFile(parts, file), createDatasetOfFile(parts, file)]);
    expect(made[0]).toEqual(made[1]);
    expect(made[0]).toMatchObject({
      bytes: 4,
      sha256: '309b0e45a73d3fc5325e2b6ed0a01ef8b9cde6b05a5633c1f893f970d52bfddc',
    });
  });
});

describe('deleteDataset', () => {
  it('removes row and files, and says that there is nothing the second time', async () => {
    const { id, sourceKey } = await createDataset(parts, upload(Readable.from(['a'])));
    const tableKey = `datasets/${id}/table.parquet`;
    await parts.storage.put(tableKey, Readable.from(['table']));
    await parts.datasets.markReady(id, { tableKey, rowCount: 1, columns: [], problems: [], problemCount: 0 });
    await deleteDataset(parts, id);
    expect(await parts.datasets.find(id)).toBeNull();
    expect(await parts.storage.stat(sourceKey)).toBeNull();
    expect(await parts.storage.stat(tableKey)).toBeNull();
    await expect(deleteDataset(parts, id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses while a job needs it', async () => {
    const { id } = await readyDataset(parts);
    const job = await queuedJob(parts, { datasetId: id });
    await expect(deleteDataset(parts, id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(job.id) as string,
    });
    await parts.trainingJobs.requestCancel(job.id);
    await deleteDataset(parts, id);
  });
});
