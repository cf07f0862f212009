import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkDirectory } from './work-directory.ts';

const anHourAgo = new Date(Date.now() - 3_600_000);
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'unroll-work-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('openWorkDirectory', () => {
  it('gives each piece of work a folder of its own, and removes it with what is in it', async () => {
    const work = await openWorkDirectory(root);
    const [first, second] = [await work.create(), await work.create()];
    await writeFile(join(first.path, 'model.onnx'), 'bytes');
    expect(first.path).not.toBe(second.path);
    await first.remove();
    expect(await readdir(join(second.path, '..'))).toHaveLength(1);
    await work.close();
    expect(await readdir(root)).toEqual([]);
  });

  it('removes the folders that nobody has touched, and never its own', async () => {
    const lost = await openWorkDirectory(root);
    const { path } = await lost.create();
    await writeFile(join(path, 'half-a-model'), 'bytes');
    await utimes(join(path, '..'), anHourAgo, anHourAgo);
    const living = await openWorkDirectory(root);
    const own = await openWorkDirectory(root);
    await living.touch();

    expect(await own.removeAbandoned(new Date(Date.now() - 60_000))).toBe(1);
    expect(await readdir(root)).toHaveLength(2);
    expect(await own.removeAbandoned(new Date(Date.now() + 60_000))).toBe(1);
    expect(await readdir(root)).toHaveLength(1);
  });

  it('goes on when others took it for dead, since it had slept, and removed its folder', async () => {
    const [sleeper, other] = [await openWorkDirectory(root), await openWorkDirectory(root)];
    expect(await other.removeAbandoned(new Date(Date.now() + 60_000))).toBe(1);
    await sleeper.touch();
    expect(await other.removeAbandoned(new Date(Date.now() + 60_000))).toBe(1);
    const { path } = await sleeper.create();
    await writeFile(join(path, 'model.onnx'), 'bytes');
    await sleeper.close();
    expect(await readdir(root)).toHaveLength(1);
  });
});
