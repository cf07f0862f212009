import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileStorage, type FileStorage } from './file-storage.ts';

let root: string;
let storage: FileStorage;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'unroll-storage-'));
  storage = openFileStorage(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const key = 'datasets/ds_1/source';

const keys = async (prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const object of storage.list(prefix)) found.push(object.key);
  return found.sort();
};

const unfinished = (): Promise<string[]> => readdir(join(root, '.unfinished'));

describe('put and read', () => {
  it('stores the bytes, their number and their hash', async () => {
    const bytes = randomBytes(300_000);
    const stored = await storage.put(key, Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]));
    expect(stored).toEqual({ bytes: 300_000, sha256: createHash('sha256').update(bytes).digest('hex') });
    expect(await storage.stat(key)).toEqual({ bytes: 300_000 });
    expect(await readFile((await storage.localPath(key)).path)).toEqual(bytes);
    expect(await unfinished()).toEqual([]);
  });

  it('reads ranges with both ends included', async () => {
    await storage.put(key, Readable.from(['0123456789']));
    expect(await text(await storage.read(key))).toBe('0123456789');
    expect(await text(await storage.read(key, { start: 3, end: 5 }))).toBe('345');
  });

  it('replaces an object as a whole', async () => {
    await storage.put(key, Readable.from(['a long first version']));
    await storage.put(key, Readable.from(['second']));
    expect(await text(await storage.read(key))).toBe('second');
  });

  it('shows nothing before the last byte is there', async () => {
    const body = new PassThrough();
    const putting = storage.put(key, body);
    body.write('half of it');
    await expect.poll(unfinished).toHaveLength(1);
    expect(await storage.stat(key)).toBeNull();
    body.end();
    await putting;
    expect(await storage.stat(key)).toEqual({ bytes: 10 });
  });
});

describe('what goes wrong leaves nothing', () => {
  it('too many bytes', async () => {
    const body = new PassThrough();
    body.write('12345678901');
    await expect(storage.put(key, body, { maxBytes: 10 })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    expect(body.destroyed).toBe(true);
    expect(await storage.stat(key)).toBeNull();
    expect(await unfinished()).toEqual([]);
  });

  it('exactly as many bytes as are allowed are not too many', async () => {
    expect(await storage.put(key, Readable.from(['1234567890']), { maxBytes: 10 })).toMatchObject({
      bytes: 10,
    });
  });

  it('a stream that breaks', async () => {
    const body = new PassThrough();
    body.write('some');
    const putting = storage.put(key, body);
    body.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    await expect(putting).rejects.toMatchObject({ code: 'upload_incomplete' });
    expect(await storage.stat(key)).toBeNull();
    expect(await unfinished()).toEqual([]);
  });

  it('a stream that closes without an end', async () => {
    const body = new PassThrough();
    body.write('some');
    const putting = storage.put(key, body);
    await expect.poll(unfinished).toHaveLength(1);
    body.destroy();
    await expect(putting).rejects.toMatchObject({ code: 'upload_incomplete' });
    expect(await unfinished()).toEqual([]);
  });

  it.each(['before', 'during'] as const)('a signal that is aborted %s', async (when) => {
    const controller = new AbortController();
    if (when === 'before') controller.abort();
    const body = new PassThrough();
    body.write('some');
    const putting = storage.put(key, body, { signal: controller.signal });
    if (when === 'during') controller.abort();
    await expect(putting).rejects.toMatchObject({ code: 'upload_incomplete' });
    expect(await storage.stat(key)).toBeNull();
    expect(await unfinished()).toEqual([]);
  });

  it('a full disk is said to be full', async () => {
    const body = Readable.from(
      (async function* () {
        yield 'some';
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      })(),
    );
    await expect(storage.put(key, body)).rejects.toMatchObject({ code: 'storage_full' });
  });
});

describe('keys', () => {
  it.each([
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    '',
    'a/',
    '.unfinished/x',
    'a\0b',
    'a\\..\\b',
    'a/.hidden',
  ])('refuses %j', async (bad) => {
    await expect(storage.put(bad, Readable.from(['x']))).rejects.toThrow(/internal: not a storage key/);
    await expect(storage.read(bad)).rejects.toThrow();
    await expect(storage.delete(bad)).rejects.toThrow();
  });

  it('finds no object where there is none, or where there are others below', async () => {
    await storage.put(key, Readable.from(['x']));
    for (const missing of ['datasets/ds_2/source', 'datasets/ds_1', `${key}/more`]) {
      expect(await storage.stat(missing)).toBeNull();
      await expect(storage.localPath(`${missing}x`)).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(storage.read('datasets/ds_2/source')).rejects.toMatchObject({ code: 'not_found' });
    await expect(text(await storage.read(key))).resolves.toBe('x');
  });
});

describe('list and delete', () => {
  it('leaves no object out, however many folders there are', async () => {
    const written: string[] = [];
    for (const kind of ['checkpoints', 'datasets', 'models'])
      for (let number = 0; number < 40; number++) {
        const key = `${kind}/${number}/file`;
        await mkdir(join(root, kind, String(number)), { recursive: true });
        await writeFile(join(root, key), 'x');
        written.push(key);
      }
    expect((await keys('')).sort()).toEqual(written.sort());
    expect(await keys('models/')).toHaveLength(40);
  });

  it('lists by prefix, and never what is unfinished', async () => {
    for (const name of [
      'datasets/ds_1/source',
      'datasets/ds_1/table.parquet',
      'datasets/ds_12/source',
      'models/job_1/model.onnx',
    ])
      await storage.put(name, Readable.from(['x']));
    await writeFile(join(root, '.unfinished', 'stray'), 'x');
    expect(await keys('datasets/ds_1/')).toEqual(['datasets/ds_1/source', 'datasets/ds_1/table.parquet']);
    expect(await keys('datasets/ds_1')).toHaveLength(3);
    expect(await keys('')).toHaveLength(4);
    expect(await keys('checkpoints/')).toEqual([]);
  });

  it('deletes once and for all, and takes the empty folder with it', async () => {
    await storage.put(key, Readable.from(['x']));
    await storage.put('datasets/ds_1/table.parquet', Readable.from(['x']));
    await storage.delete(key);
    expect(await keys('')).toEqual(['datasets/ds_1/table.parquet']);
    await storage.delete(key);
    await storage.delete('datasets/ds_1/table.parquet');
    expect(await readdir(join(root, 'datasets'))).toEqual([]);
  });

  it('keeps a stream that is being read whole when the object is deleted', async () => {
    await storage.put(key, Readable.from(['x'.repeat(200_000)]));
    const body = await storage.read(key);
    await storage.delete(key);
    expect(await text(body)).toHaveLength(200_000);
  });

  it('puts into a folder that others empty at the same time', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const name = `models/job_1/part${index % 4}`;
        await storage.put(name, Readable.from(['x']));
        await storage.delete(name);
      }),
    );
    expect(await keys('')).toEqual([]);
  });
});

describe('putFile', () => {
  it('moves a local file', async () => {
    const path = join(root, 'made-here');
    await writeFile(path, 'numbers');
    const stored = await storage.putFile('models/job_1/model.onnx', path);
    expect(stored).toEqual({ bytes: 7, sha256: createHash('sha256').update('numbers').digest('hex') });
    expect(await text(await storage.read('models/job_1/model.onnx'))).toBe('numbers');
    await expect(access(path)).rejects.toThrow();
  });
});

describe('sweep and check', () => {
  it('removes old strays alone', async () => {
    await mkdir(join(root, '.unfinished'));
    for (const name of ['old', 'new']) await writeFile(join(root, '.unfinished', name), 'x');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(root, '.unfinished', 'old'), hourAgo, hourAgo);
    expect(await storage.sweep(60_000)).toBe(1);
    expect(await unfinished()).toEqual(['new']);
    expect(await storage.sweep(60_000)).toBe(0);
  });

  it('sweeps a storage that was never used', async () => {
    expect(await storage.sweep(0)).toBe(0);
  });

  it('says when it can not be written to', async () => {
    await expect(storage.check()).resolves.toBeUndefined();
    await writeFile(join(root, 'file'), '');
    await expect(openFileStorage(join(root, 'file')).check()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
