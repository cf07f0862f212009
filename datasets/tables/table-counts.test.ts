/** Real tables of texts: how often something matches, and how much is looked at before it is said. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeCanonicalTable } from './canonical-table.ts';
import { openDuckDb } from './duckdb.ts';
import { withTable } from './table.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-counts-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @param select - of one column of text, c0 */
async function tokensOf(select: string, pattern: string | null) {
  const path = join(folder, 'table.parquet');
  const database = await openDuckDb({ files: [path], threads: 1, memoryLimitMiB: 1024 });
  try {
    await writeCanonicalTable(database.connection, {
      path,
      select,
      columns: [{ name: 'text', type: 'text' }],
    });
  } finally {
    database.close();
  }
  return withTable(path, (table) => table.tokenCounts('text', pattern));
}
const words = String.raw`\w+`;

it('counts the tokens of the longest text, and the different ones of all', async () => {
  const texts = `SELECT unnest(['one two three', NULL, '', 'two 😀é']) AS c0`;
  expect(await tokensOf(texts, words)).toEqual({ longest: 3, different: 3 });
  expect((await tokensOf(texts, null)).longest).toBe(13);
});

it('says 0 where there is no text', async () => {
  const none = `SELECT NULL::VARCHAR AS c0 FROM range(3)`;
  for (const pattern of [null, words])
    expect(await tokensOf(none, pattern)).toEqual({ longest: 0, different: 0 });
});

it('takes no texts apart that are too many to be waited for, and says what they have at most', async () => {
  // 3 million texts of 10 or 11 characters
  const many = `SELECT 'abc def ' || (90 + i % 20)::VARCHAR AS c0 FROM range(3000000) AS t(i)`;
  expect(await tokensOf(many, words)).toEqual({ longest: 11, different: null });
  expect(await tokensOf(many, null)).toEqual({ longest: 11, different: null });
});
