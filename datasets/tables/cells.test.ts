import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { profileTable } from '../profile/profile.ts';
import { columnId, writeCanonicalTable, type TableColumn } from './canonical-table.ts';
import { sqlTypes } from './cells.ts';
import { openDuckDb } from './duckdb.ts';
import { openTable } from './table.ts';

const columns: TableColumn[] = [
  { name: 'v', type: 'vector' },
  { name: 'a', type: 'audio' },
  { name: 'i', type: 'image' },
  { name: 'n', type: 'integer' },
];
let folder: string;
let path: string;
let profile: Awaited<ReturnType<typeof profileTable>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-cells-'));
  path = join(folder, 'table.parquet');
  const database = await openDuckDb({ files: [path], threads: 1, memoryLimitMiB: 256 });
  const rows = [
    String.raw`([1.5, -2], {'sample_rate': 4, 'samples': '\x01\x00\xFF\xFF'::BLOB}, {'width': 2, 'height': 1, 'channels': 1, 'pixels': '\x00\xFF'::BLOB}, 7)`,
    '(NULL, NULL, NULL, NULL)',
    String.raw`([0.0], {'sample_rate': 2, 'samples': '\x00\x80'::BLOB}, {'width': 1, 'height': 1, 'channels': 3, 'pixels': '\x01\x02\x03'::BLOB}, 8)`,
  ];
  const select = columns.map(({ type }, i) => `column${i}::${sqlTypes[type]} AS ${columnId(i)}`);
  await writeCanonicalTable(database.connection, {
    path,
    select: `SELECT ${select.join(', ')} FROM (VALUES ${rows.join(', ')}) AS rows(column0, column1, column2, column3)`,
    columns,
  });
  profile = await profileTable(database.connection, { path, rowCount: 3, columns });
  database.close();
});
afterAll(() => rm(folder, { recursive: true }));

it('vectors, recordings and images come back as they were written', async () => {
  const table = await openTable(path);
  const read: unknown[][][] = [];
  for await (const chunk of table.chunks(['a', 'i', 'v', 'n'])) read.push(chunk as unknown[][]);
  table.close();
  expect(read).toEqual([
    [
      [
        { sampleRate: 4, samples: Int16Array.of(1, -1) },
        null,
        { sampleRate: 2, samples: Int16Array.of(-32_768) },
      ],
      [
        { width: 2, height: 1, channels: 1, pixels: Uint8Array.of(0, 255) },
        null,
        { width: 1, height: 1, channels: 3, pixels: Uint8Array.of(1, 2, 3) },
      ],
      [Float64Array.of(1.5, -2), null, Float64Array.of(0)],
      [7, null, 8],
    ],
  ]);
});

it('in JSON recordings and images are told by their measures', async () => {
  const table = await openTable(path);
  const rows = await table.rows({ limit: 2, offset: 0 });
  table.close();
  expect(rows).toEqual([
    { v: [1.5, -2], a: { sample_rate: 4, seconds: 0.5 }, i: { width: 2, height: 1, channels: 1 }, n: 7 },
    { v: null, a: null, i: null, n: null },
  ]);
});

it('are profiled', () => {
  expect(profile).toMatchObject([
    { type: 'vector', missing: 1, examples: [[1.5, -2], [0]], length: { min: 1, mean: 1.5, max: 2 } },
    {
      type: 'audio',
      missing: 1,
      examples: [],
      audio: {
        seconds: { min: 0.5, max: 0.5 },
        total_seconds: 1,
        sample_rates: [
          { sample_rate: 2, rows: 1 },
          { sample_rate: 4, rows: 1 },
        ],
      },
    },
    {
      type: 'image',
      image: {
        width: { min: 1, max: 2 },
        height: { min: 1, max: 1 },
        channels: [{ channels: 1 }, { channels: 3 }],
      },
    },
    {
      type: 'integer',
      quantiles: expect.anything() as unknown,
      histogram: { counts: expect.anything() as unknown },
    },
  ]);
});
