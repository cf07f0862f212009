/** Rows of a table that is read in stretches: recordings in several row groups, through a real file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Audio } from '../formats/decode-audio.ts';
import { writeCanonicalTable } from './canonical-table.ts';
import { openDuckDb, query } from './duckdb.ts';
import { withTable } from './table.ts';

/** 18 kB each: a row group of 2,048 is more than is read at once. */
const samples = 9000;
const rows = 5000;

let folder: string;
let path: string;
let groups: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-stretches-'));
  path = join(folder, 'table.parquet');
  const database = await openDuckDb({ files: [path], threads: 2, memoryLimitMiB: 1024 });
  try {
    await writeCanonicalTable(database.connection, {
      path,
      select: `SELECT i::DOUBLE AS c0, CASE WHEN i % 10 = 9 THEN NULL ELSE struct_pack(sample_rate := i, samples := unhex(repeat(printf('%04x', i::INTEGER), ${samples}))) END AS c1 FROM range(${rows}) t(i)`,
      columns: [
        { name: 'row', type: 'number' },
        { name: 'audio', type: 'audio' },
      ],
    });
    const [found] = await query(
      database.connection,
      `SELECT max(row_group_id) + 1 FROM parquet_metadata('${path}')`,
    );
    groups = Number(found![0]);
  } finally {
    database.close();
  }
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What was written into a recording: the number of its row, in each sample. */
const numberIn = ({ samples: [first] }: Audio): number =>
  Buffer.from(Int16Array.of(first!).buffer).readUInt16BE();

async function read(o: { complete?: string[]; columns?: string[]; from?: number }) {
  const { columns = ['row', 'audio'], from = 0 } = o;
  const found: number[] = [];
  let most = 0;
  const take = async (table: Parameters<Parameters<typeof withTable>[1]>[0]): Promise<void> => {
    for await (const [numbers, recordings] of table.chunks(columns, { from })) {
      most = Math.max(most, numbers!.length);
      for (const [index, number] of numbers!.entries()) {
        const recording = recordings?.[index] as Audio | null | undefined;
        if (recording) expect(numberIn(recording)).toBe(number);
        found.push(number as number);
      }
    }
  };
  await withTable(path, take, { complete: o.complete });
  return { found, most };
}

it('gives every row once and in order, a few recordings at a time, from whichever row on', async () => {
  expect(groups).toBe(3);
  const all = Array.from({ length: rows }, (_, row) => row);
  const { found, most } = await read({});
  expect(found).toEqual(all);
  expect(most).toBe(64);
  for (const from of [2047, 2048, 3000, rows]) expect((await read({ from })).found).toEqual(all.slice(from));
  expect((await read({ columns: ['row'] })).found).toEqual(all);
  expect((await read({ complete: ['audio'] })).found).toEqual(all.filter((row) => row % 10 !== 9));
});
