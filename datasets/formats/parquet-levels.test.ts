import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parquet } from '../../test/support/files-by-duckdb.ts';
import { checkParquetLevels } from './parquet-levels.ts';
import { UnusableFile } from './unusable-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-parquet-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is found: a code, or null. */
async function checked(bytes: Uint8Array): Promise<string | null> {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  try {
    await checkParquetLevels(path);
    return null;
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    return error.problems[0]!.code;
  }
}

const lists = (levels: number): string => `SELECT ${'['.repeat(levels)}1${']'.repeat(levels)} AS a, 2 AS b`;

it('tells files whose columns are nested deeply from all others', async () => {
  const types =
    "1.5 AS n, DATE '2024-01-31' AS d, now() AS t, uuid() AS u, {'x': {'y': [1]}} AS s, MAP {'k': 1} AS m";
  const wide = Array.from({ length: 300 }, (_, column) => `${column} AS c${column}`).join();
  expect(await checked(await parquet(`SELECT ${types}`))).toBeNull();
  expect(await checked(await parquet(`SELECT ${wide}`))).toBeNull();
  expect(await checked(await parquet(lists(20)))).toBeNull();
  expect(await checked(await parquet(lists(40)))).toBe('too_deep');
});

it('says of a file that is damaged in its footer what it is, or leaves it to who reads it', async () => {
  const whole = await parquet("SELECT range AS a, [{'x': range}] AS b FROM range(3)");
  const footer = whole.readUInt32LE(whole.length - 8);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(footer + 7), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      async (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [place, byte] of changes) bytes[bytes.length - 1 - place] = byte;
        expect([null, 'damaged_parquet', 'too_deep']).toContain(await checked(bytes));
      },
    ),
    { numRuns: 300 },
  );
  // a list of 2^62 bytes, of which none is there
  const endless = Buffer.from([0x19, 0xf3, ...new Array<number>(8).fill(0xff), 0x3f]);
  const tail = Buffer.alloc(8, 'PAR1PAR1');
  tail.writeUInt32LE(endless.length);
  expect(await checked(Buffer.concat([Buffer.from('PAR1'), endless, tail]))).toBe('damaged_parquet');
  for (const length of [0, 4, 11, 50, whole.length - 1])
    expect(await checked(whole.subarray(0, length))).toBe('damaged_parquet');
});
