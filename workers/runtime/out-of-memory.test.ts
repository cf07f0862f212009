import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { outOfMemoryKills } from './out-of-memory.ts';

it('reads the first file that counts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-oom-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = ['none', 'cgroup', 'vmstat'].map((name) => join(folder, name));
  expect(outOfMemoryKills(files)).toBe(0);
  await writeFile(files[2]!, 'pgfault 77\noom_kill 3\ndrop_slab 1\n');
  expect(outOfMemoryKills(files)).toBe(3);
  await writeFile(files[1]!, 'low 0\noom 9\noom_kill 1\noom_group_kill 0\n');
  expect(outOfMemoryKills(files)).toBe(1);
});
