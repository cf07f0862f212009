/** Windows of stateful training: one right after the other, through each series. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WindowSource } from '../../engine/training/window-source.ts';
import { ingestCsv } from '../formats/csv.ts';
import type { PreparedForecast } from './contract.ts';
import { planTable } from './plan-table.ts';
import { prepareForecast } from './prepare.ts';
import { forecastSpecification } from './testing/specification.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-through-series-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

type Data = Parameters<typeof forecastSpecification>[0]['data'];

const targets = [{ column: 'a' }];
const data: Data = {
  inputs: [{ column: 'a' }],
  targets,
  group_by: 'city',
  order_by: 'day',
  window: { length: 4, horizon: 2, stride: 4 },
  scaling: 'none',
  split: { validation: 0.2, test: 0.2 },
};

/** City A has a = day from 0 on, B 100 + day. A number is left out where it is one of `holes`. */
const cities = (days: { A: number; B: number }, holes: readonly number[] = []): string =>
  [
    'city,day,a',
    ...(['A', 'B'] as const).flatMap((city) =>
      Array.from({ length: days[city] }, (_, day) => {
        const value = day + (city === 'A' ? 0 : 100);
        return `${city},${day},${holes.includes(value) ? '' : value}`;
      }),
    ),
  ].join('\n');

async function prepare(csv: string, changes: Partial<Data> = {}): Promise<PreparedForecast> {
  const [sourcePath, tablePath] = [join(folder, 'source.csv'), join(folder, 'table.parquet')];
  await writeFile(sourcePath, csv);
  const result = await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
  if (result.status !== 'ready') throw new Error(JSON.stringify(result.problems));
  const specification = forecastSpecification({
    data: { ...data, ...changes },
    architecture: 'sequence_to_sequence',
    stateful: true,
  });
  const { plan, errors } = await planTable({ tablePath, specification, ...result });
  if (plan === null) throw new Error(JSON.stringify(errors));
  const prepared = await prepareForecast({ tablePath, specification });
  const { training, validation, test } = prepared.parts;
  expect(plan.windows).toEqual({ training: training.count, validation: validation.count, test: test.count });
  return prepared;
}

/** Of each window what goes in, what is to come out, and what counts: [T,I], [T,O], [T,W]. */
function eachWindow(source: WindowSource) {
  return Array.from({ length: source.count }, (_, window) => {
    const x = new Float32Array(source.steps * source.inputSize);
    const y = new Float32Array(source.targetSteps * source.outputSize);
    const weights = new Float32Array(source.targetSteps * (source.weightsPerOutput ?? 0));
    source.read(Uint32Array.of(window), x, y, weights);
    return { x: [...x], y: [...y], weights: [...weights] };
  });
}

it('training reads each series from its first row on, and leaves out what does not fill a window with its targets', async () => {
  // 18 and 12 rows for training
  const { parts } = await prepare(cities({ A: 30, B: 20 }));
  const windows = eachWindow(parts.training);
  expect(windows.map(({ x }) => x)).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9, 10, 11],
    [12, 13, 14, 15],
    [100, 101, 102, 103],
    [104, 105, 106, 107],
  ]);
  expect(parts.training.seriesStarts).toEqual([0, 4]);
  // the last target is the last row for training
  expect(windows[3]!.y).toEqual([13, 14, 14, 15, 15, 16, 16, 17]);
});

it('rows that lags reach back to stand before the first window, and windows follow each other all the same', async () => {
  const { parts, throughSeries } = await prepare(cities({ A: 30, B: 20 }), {
    inputs: [{ column: 'a', lags: [3] }],
  });
  expect(eachWindow(parts.training).map(({ x }) => x)).toEqual([
    [3, 0, 4, 1, 5, 2, 6, 3],
    [7, 4, 8, 5, 9, 6, 10, 7],
    [11, 8, 12, 9, 13, 10, 14, 11],
    [103, 100, 104, 101, 105, 102, 106, 103],
  ]);
  expect(parts.training.seriesStarts).toEqual([0, 3]);
  const { source, places } = throughSeries('test', Infinity);
  expect(eachWindow(source)[0]!.x).toEqual([3, 0, 4, 1, 5, 2, 6, 3]);
  // the first forecast of the test is that of rows 24 and 25, behind row 23
  const [first] = places;
  expect(eachWindow(source)[Math.floor(first! / 4)]!.x[2 * (first! % 4)]).toBe(23);
});

it('forecasts of a part are those of its windows, and no other output counts', async () => {
  const prepared = await prepare(cities({ A: 30, B: 19 }));
  for (const part of ['validation', 'test'] as const)
    for (const lead of [0, 1, Infinity]) {
      const own = eachWindow(prepared.parts[part]);
      const { source, places } = prepared.throughSeries(part, lead);
      expect(source.seriesStarts).toHaveLength(2);
      const through = eachWindow(source);
      if (lead === Infinity) expect(through[0]!.x).toEqual([0, 1, 2, 3]);
      const targetsOf = (place: number) =>
        through[Math.floor(place / 4)]!.y.slice(2 * (place % 4), 2 * (place % 4) + 2);
      expect(Array.from(places, targetsOf)).toEqual(own.map(({ y }) => y));
      expect(through.flatMap(({ weights }) => weights)).toEqual(
        Array.from({ length: 8 * source.count }, (_, index) =>
          places.includes(Math.floor(index / 2)) ? 1 : 0,
        ),
      );
      // beyond the end of a series its last row stands
      expect(through.at(-1)!.x.every((value) => value <= 118)).toBe(true);
      expect(through.flatMap(({ x, y }) => [...x, ...y]).every(Number.isFinite)).toBe(true);
    }
});

it('states go through rows with missing values; a missing target does not count', async () => {
  const holes = [6, 7, 8, 9, 10, 105, 26];
  const { parts, throughSeries } = await prepare(cities({ A: 30, B: 20 }, holes), { missing: 'mask' });
  const windows = eachWindow(parts.training);
  expect(parts.training.seriesStarts).toEqual([0, 4]);
  // the last known value, and whether it is known
  expect(windows[1]!.x).toEqual([4, 1, 5, 1, 5, 0, 5, 0]);
  // behind rows 4, 5, 6 and 7
  expect(windows[1]!.weights).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  expect(windows[2]!.weights).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
  const { source, places } = throughSeries('test', Infinity);
  const through = eachWindow(source);
  const counted = Array.from(places, (place) =>
    through[Math.floor(place / 4)]!.weights.slice(2 * (place % 4), 2 * (place % 4) + 2),
  );
  expect(counted.slice(0, 4)).toEqual([
    [1, 1],
    [1, 0],
    [0, 1],
    [1, 1],
  ]);
});

it('a series without a known target teaches nothing, and training needs one that does', async () => {
  // of B the first row alone is known, and some behind the last window that training has: rows 0 to 3, 4 to 7 and the two behind
  const ofB = Array.from({ length: 9 }, (_, row) => 101 + row);
  const { parts } = await prepare(cities({ A: 30, B: 20 }, ofB), { missing: 'mask' });
  expect(eachWindow(parts.training).map(({ x }) => x[0])).toEqual([0, 4, 8, 12]);
  expect(parts.training.seriesStarts).toEqual([0]);
  const ofA = Array.from({ length: 17 }, (_, row) => 1 + row);
  await expect(prepare(cities({ A: 30, B: 20 }, [...ofA, ...ofB]), { missing: 'mask' })).rejects.toThrow(
    'expected training windows with known targets, got none',
  );
});

it('rows between the parts are read, and forecast by neither', async () => {
  const { parts, throughSeries } = await prepare(cities({ A: 40, B: 40 }), {
    split: { validation: 0.2, test: 0.2, gap: 3 },
  });
  const { source, places } = throughSeries('validation', 0);
  const through = eachWindow(source);
  expect(places.length).toBe(parts.validation.count);
  // 20 rows for training, three of none, and the first forecast behind the last of these
  expect(through[Math.floor(places[0]! / 4)]!.x[places[0]! % 4]).toBe(22);
});
