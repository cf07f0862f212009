import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ingestCsv } from '../formats/csv.ts';
import { openTable } from '../tables/table.ts';
import { profileSeries, type SeriesProfile } from './series-profile.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-series-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function profile(
  csv: string,
  o: Parameters<typeof profileSeries>[1] = {},
): Promise<SeriesProfile | null> {
  const [sourcePath, tablePath] = [join(folder, 'source'), join(folder, 'table.parquet')];
  await writeFile(sourcePath, csv);
  const result = await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
  expect(result.status).toBe('ready');
  const table = await openTable(tablePath);
  try {
    return await profileSeries(table, o);
  } finally {
    table.close();
  }
}

it('one series: its frequency, gaps, repeated times and rows out of order', async () => {
  const days = ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-06', '2024-01-05', '2024-01-06', ''];
  expect(await profile(`day,x\n${days.map((day, i) => `${day},${i}\n`).join('')}`)).toEqual({
    orderBy: 'day',
    groupBy: null,
    series: 1,
    rows: { min: 7, mean: 7, max: 7 },
    first: '2024-01-01',
    last: '2024-01-06',
    frequency: { unit: 'day', step: 1 },
    gaps: 1,
    duplicates: 1,
    unsorted: 1,
    withoutTime: 1,
  });
});

it('several series are found by the column that tells rows of one time apart', async () => {
  const rows = ['north', 'south'].flatMap((station) =>
    Array.from(
      { length: 12 },
      (_, month) => `2023-${String(month + 1).padStart(2, '0')}-01,wet,${station}\n`,
    ),
  );
  expect(await profile(`month,kind,station\n${rows.slice(0, -2).join('')}`)).toMatchObject({
    groupBy: 'station',
    series: 2,
    rows: { min: 10, mean: 11, max: 12 },
    frequency: { unit: 'month', step: 1 },
    gaps: 0,
    duplicates: 0,
    unsorted: 0,
  });
});

it('is as it is asked for, and null where nothing tells a time', async () => {
  expect(await profile('n,x\n1,a\n2,b\n3,a\n')).toBeNull();
  expect(await profile('n,x\n1,a\n3,b\n5,a\n9,b\n', { orderBy: 'n', groupBy: 'x' })).toMatchObject({
    series: 2,
    frequency: { unit: 'number', step: 4 },
    gaps: 0,
  });
});
