import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeLock } from './process-lock.mjs';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-lock-'));
  file = join(folder, 'made', 'lock');
});
afterEach(() => rm(folder, { recursive: true }));
const { signal } = new AbortController();

it('lets one in at a time, and tells the others whom they wait for', async () => {
  const waitedFor: number[] = [];
  let inside = 0;
  const visit = async () => {
    const release = await takeLock(file, { signal, onWait: (pid) => waitedFor.push(pid) });
    inside += 1;
    expect(inside).toBe(1);
    await new Promise(setImmediate);
    inside -= 1;
    release();
  };
  await Promise.all([visit(), visit(), visit()]);
  expect(waitedFor).toEqual([process.pid, process.pid]);
  expect(existsSync(file)).toBe(false);
});

it('takes the lock of a process that is gone', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  (await takeLock(file, { signal, onWait: () => undefined }))();
  await writeFile(file, String(pid));
  const release = await takeLock(file, { signal, onWait: () => expect.unreachable() });
  release();
});

it('stops waiting when told to', async () => {
  const abort = new AbortController();
  const release = await takeLock(file, { signal, onWait: () => undefined });
  await expect(takeLock(file, { signal: abort.signal, onWait: () => abort.abort() })).rejects.toThrow();
  release();
});
