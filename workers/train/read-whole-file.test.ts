import { constants } from 'node:buffer';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readWholeFile } from './read-whole-file.ts';
import { sha256 } from './sha256.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-large-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

// In small pieces what happens in large ones to files of more than 1 GiB: those would take the memory of a small machine.
it.each([1, 3, 7, 100])('reads and hashes a file in pieces of %i bytes', async (bytesAtOnce) => {
  const path = join(directory, 'small');
  await writeFile(path, 'weights');
  const read = await readWholeFile(path, bytesAtOnce);
  expect(Buffer.from(read).toString()).toBe('weights');
  expect(sha256([read], bytesAtOnce)).toEqual(sha256([read.subarray(0, 2), read.subarray(2)]));
});

it('tells of a file that is not there, and of one that is larger than memory can be asked for', async () => {
  await expect(readWholeFile(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  const path = join(directory, 'huge');
  const file = await open(path, 'w');
  await file.truncate(2 ** 33);
  await file.close();
  if (constants.MAX_LENGTH < 2 ** 33)
    await expect(readWholeFile(path)).rejects.toMatchObject({ reason: 'damaged' });
});
