import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataSpecification } from '../../engine/spec/data.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import { ingestCsv } from '../formats/csv.ts';
import { splitSeries } from '../windows/split.ts';
import type { ForecastPlanning, PreparedForecast } from './contract.ts';
import { planTable } from './plan-table.ts';
import { prepareForecast } from './prepare.ts';
import { forecastSpecification } from './testing/specification.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-prepare-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

type Order = Parameters<typeof forecastSpecification>[0];

async function plan(csv: string, order: Order): Promise<ForecastPlanning> {
  const sourcePath = join(folder, 'source.csv');
  const tablePath = join(folder, 'table.parquet');
  await writeFile(sourcePath, csv);
  const result = await ingestCsv({ sourcePath, tablePath, workDirectory: folder, onBadRows: 'reject' });
  if (result.status !== 'ready') throw new Error(JSON.stringify(result.problems));
  return planTable({ tablePath, specification: forecastSpecification(order), ...result });
}

/** Plans too: what was planned must be what is prepared. */
async function prepare(csv: string, order: Order): Promise<PreparedForecast> {
  const { plan: planned, errors } = await plan(csv, order);
  if (planned === null) throw new Error(JSON.stringify(errors));
  const prepared = await prepareForecast({
    tablePath: join(folder, 'table.parquet'),
    specification: forecastSpecification(order),
  });
  const { training, validation, test } = prepared.parts;
  expect(planned).toMatchObject({
    inputSize: training.inputSize,
    outputSize: training.outputSize,
    windows: { training: training.count, validation: validation.count, test: test.count },
    series: prepared.series,
  });
  return prepared;
}

function read(source: WindowSource, windows: readonly number[]): { x: number[]; y: number[] } {
  const x = new Float32Array(source.steps * windows.length * source.inputSize);
  const y = new Float32Array(source.targetSteps * windows.length * source.outputSize);
  source.read(Uint32Array.from(windows), x, y);
  return { x: [...x], y: [...y] };
}

function readAll(source: WindowSource): { x: number[]; y: number[] } {
  return read(
    source,
    Array.from({ length: source.count }, (_, index) => index),
  );
}

const inputs = [{ column: 'a' }, { column: 'b' }];
/** a counts from 0, b is ten times as much: a cell tells its row. */
const counting = (rows: number): string =>
  `a,b\n${Array.from({ length: rows }, (_, i) => `${i},${i * 10}`).join('\n')}\n`;

describe('windows', () => {
  const raw: Order['data'] = {
    inputs,
    targets: [{ column: 'b' }, { column: 'a' }],
    window: { length: 3, horizon: 2, stride: 4 },
    scaling: 'none',
    split: { validation: 0.2, test: 0.2 },
  };

  it('of sequence_to_vector have the rows after the last step as target', async () => {
    const { parts, seasonality, frequency } = await prepare(counting(30), { data: raw });
    expect([parts.training.count, parts.validation.count, parts.test.count]).toEqual([4, 5, 5]);
    // Windows 2 and 0, at rows 8 and 0: x [T,N,I], y [1,N,O] with the horizon outermost.
    expect(read(parts.training, [2, 0])).toEqual({
      x: [8, 80, 0, 0, 9, 90, 1, 10, 10, 100, 2, 20],
      y: [110, 11, 120, 12, 30, 3, 40, 4],
    });
    // Validation begins with row 18.
    expect(read(parts.validation, [0])).toEqual({ x: [15, 150, 16, 160, 17, 170], y: [180, 18, 190, 19] });
    expect(read(parts.test, [4])).toEqual({ x: [25, 250, 26, 260, 27, 270], y: [280, 28, 290, 29] });
    expect([seasonality, frequency]).toEqual([1, null]);
  });

  it('of sequence_to_sequence have the rows after every step, in training', async () => {
    const { parts } = await prepare(counting(30), { data: raw, architecture: 'sequence_to_sequence' });
    // y [T,N,O]
    expect(read(parts.training, [1, 0]).y).toEqual([
      ...[50, 5, 60, 6, 10, 1, 20, 2],
      ...[60, 6, 70, 7, 20, 2, 30, 3],
      ...[70, 7, 80, 8, 30, 3, 40, 4],
    ]);
    expect([parts.validation.targetSteps, parts.test.targetSteps]).toEqual([1, 1]);
  });

  it('of sequence_to_sequence have the last alone when the loss uses no others', async () => {
    const order: Order = { data: raw, architecture: 'sequence_to_sequence', lossSteps: 'last' };
    const { parts } = await prepare(counting(30), order);
    expect(read(parts.training, [0]).y).toEqual([30, 3, 40, 4]);
  });
});

it('orders the rows of each series, and tells the series apart', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => i);
  // Days backwards, the two cities in turn.
  const csv = `city,day,a\n${rows
    .toReversed()
    .flatMap((i) => [
      `B,2024-01-${String(i + 1).padStart(2, '0')},${100 + i}`,
      `A,2024-01-${String(i + 1).padStart(2, '0')},${i}`,
    ])
    .join('\n')}`;
  const { parts, series, frequency, seasonality } = await prepare(csv, {
    data: {
      inputs: [{ column: 'a' }],
      targets: [{ column: 'a' }],
      group_by: 'city',
      order_by: 'day',
      window: { length: 2, horizon: 1, stride: 5 },
      scaling: 'none',
      split: { validation: 0.2, test: 0.2 },
    },
  });
  expect(readAll(parts.training)).toEqual({
    x: [0, 5, 100, 105, 1, 6, 101, 106],
    y: [2, 7, 102, 107],
  });
  expect(readAll(parts.test).y).toEqual([16, 17, 18, 19, 116, 117, 118, 119]);
  expect([series, seasonality, frequency?.unit]).toEqual([2, 7, 'day']);
});

it('repeats the last known value, and drops what comes before the first', async () => {
  const cells = ['', '', '7', '', '9', ...Array.from({ length: 15 }, (_, i) => String(10 + i))];
  const csv = `a,b\n${cells.map((cell, i) => `${cell},${i}`).join('\n')}`;
  const data: DataSpecification = {
    inputs,
    targets: [{ column: 'a' }],
    window: { length: 3, horizon: 1, stride: 1 },
    scaling: 'none',
    missing: 'forward_fill',
    split: { validation: 0.2, test: 0.2 },
  };
  const { parts } = await prepare(csv, { data });
  expect(read(parts.training, [0])).toEqual({ x: [7, 2, 7, 3, 9, 4], y: [10] });
  const { errors } = await plan(csv, { data: { ...data, missing: 'error' } });
  expect(errors).toMatchObject([{ pointer: '/data/inputs/0/column' }]);
});

it('refuses two rows of a series at one time', async () => {
  const csv = `day,a\n${Array.from({ length: 40 }, (_, i) => `2024-01-${String((i % 20) + 1).padStart(2, '0')},${i}`).join('\n')}`;
  const data: Order['data'] = {
    inputs: [{ column: 'a' }],
    targets: [{ column: 'a' }],
    order_by: 'day',
    window: { length: 3, horizon: 1, stride: 1 },
  };
  const { errors } = await plan(csv, { data });
  expect(errors).toMatchObject([
    { pointer: '/data/order_by', message: expect.stringContaining('got 20 repeated') as string },
  ]);
  const specification = forecastSpecification({ data });
  await expect(prepareForecast({ tablePath: join(folder, 'table.parquet'), specification })).rejects.toThrow(
    'internal',
  );
});

it('scores forecasts in raw units', async () => {
  const csv = counting(40);
  const data: Order['data'] = {
    inputs,
    targets: [{ column: 'b' }],
    window: { length: 4, horizon: 2, stride: 1 },
  };
  const prepared = await prepare(csv, { data });
  const { parts, outputScaling } = prepared;
  const { y } = readAll(parts.test);
  const exact = prepared.scoreTest(Float32Array.from(y));
  expect(exact.model.mae).toBeLessThan(1e-4);
  expect(exact.baseline).toMatchObject({ mae: 15, rmse: Math.sqrt(250), mase: 1.5 });
  // One deviation too much everywhere.
  const off = prepared.scoreTest(Float32Array.from(y, (value) => value + 1));
  expect(off.model.mae).toBeCloseTo(outputScaling.std[0]!, 4);
  expect(() => prepared.scoreTest(new Float32Array(1))).toThrow('internal');
});

describe('splits', () => {
  const cities = ['A', 'B', 'C', 'D', 'E', 'F'];
  const kinds: Record<string, string> = { A: 'x', B: 'x', C: 'y', D: 'y', E: 'z', F: 'z' };
  /** Twelve days of each city, in the order of the days; a tells both. */
  const lines = Array.from({ length: 12 }, (_, day) =>
    cities.map((city, index) => `${city},${kinds[city]},2024-01-${day + 10},${100 * index + day}`),
  ).flat();
  const csv = `city,kind,day,a\n${lines.join('\n')}`;
  const data: Order['data'] = {
    inputs: [{ column: 'a' }],
    targets: [{ column: 'a' }],
    group_by: 'city',
    order_by: 'day',
    window: { length: 3, horizon: 2, stride: 1 },
    scaling: { type: 'none', per: 'training' },
  };
  const seriesOf = (source: WindowSource): string[] => [
    ...new Set(readAll(source).y.map((value) => cities[Math.floor(value / 100)]!)),
  ];

  it('by a column keep whole series in one part', async () => {
    for (const by of ['city', 'kind']) {
      const prepared = await prepare(csv, {
        data: { ...data, seasonality: 1, split: { validation: 0.2, test: 0.2, by } },
      });
      const { parts } = prepared;
      const found = [parts.training, parts.validation, parts.test].map(seriesOf);
      expect(found.flat().sort()).toEqual(cities);
      if (by === 'kind')
        expect(found.map((own) => new Set(own.map((city) => kinds[city])).size)).toEqual([1, 1, 1]);
      // every row from the fourth on is forecast, since training has seen none of them
      expect(parts.test.count).toBe(8 * found[2]!.length);
      // the scale is that of the three rows before the first forecast: 1 a step
      const { model, baseline } = prepared.scoreTest(
        Float32Array.from(readAll(parts.test).y, (value) => value + 2),
      );
      expect([model.mase, baseline.mase]).toEqual([expect.closeTo(2, 9), expect.closeTo(baseline.mae, 9)]);
    }
  });

  it('as given take what a column says, series of the test alone included, with a gap', async () => {
    // A: 6, 3 and 3 rows; B: none for training; C to E: nothing but training; F: test alone
    const partOf = (city: string, day: number): string =>
      city === 'F' || (city <= 'B' && day >= 9)
        ? 'test'
        : city === 'B' || (city === 'A' && day >= 6)
          ? 'validation'
          : 'training';
    const given = `part,${csv.split('\n')[0]!}\n${lines
      .map((line) => `${partOf(line[0]!, Number(line.slice(12, 14)) - 10)},${line}`)
      .join('\n')}`;
    const split = { validation: 0.15, test: 0.15, column: 'part' };
    const { parts } = await prepare(given, { data: { ...data, split } });
    const { y } = readAll(parts.validation);
    expect(y.filter((_, index) => index % 2 === 0)).toEqual([6, 7, 103, 104, 105, 106, 107]);
    const tested = readAll(parts.test).y.filter((_, index) => index % 2 === 0);
    expect(tested).toEqual([9, 10, 109, 110, ...Array.from({ length: 8 }, (_, day) => 503 + day)]);
    expect(parts.training.count).toBe(2 + 3 * 8);
    const apart = await prepare(given, { data: { ...data, split: { ...split, gap: 1 } } });
    expect(readAll(apart.parts.validation).y.slice(0, 2)).toEqual([7, 8]);
    expect(readAll(apart.parts.test).y.slice(0, 2)).toEqual([10, 11]);

    // the folders of archives are called train, and a column may have both names
    let turn = 0;
    const otherwise = given
      .replaceAll(/^training,/gm, () => ((turn += 1) % 2 === 0 ? 'train,' : 'training,'))
      .replaceAll(/^validation,/gm, 'val,');
    const same = (await prepare(otherwise, { data: { ...data, split } })).parts;
    for (const part of ['training', 'validation', 'test'] as const)
      expect(readAll(same[part]).y).toEqual(readAll(parts[part]).y);
  });

  it.each<[string, (city: string, day: number) => string, RegExp]>([
    [
      'a test before its training',
      (city, day) => (city === 'C' && day < 3 ? 'test' : day < 8 ? 'training' : 'validation'),
      /before those of the test, in the order of "day", so that nothing is learnt from what comes after, got test in row 1 and training in row 8 in series "C"/,
    ],
    [
      'parts that take turns',
      (city, day) => (city === 'F' ? 'test' : day % 2 === 0 ? 'training' : 'validation'),
      /got validation in row 2 and training in row 11 in series "A"/,
    ],
    ['another word', () => 'Train', /expected training, validation or test .* got "Train" in 72 rows/],
    [
      'no test',
      (_city, day) => (day < 6 ? 'training' : 'validation'),
      /expected rows of each part in "part", got none of test/,
    ],
    [
      'a test shorter than the horizon',
      (_city, day) => (day < 8 ? 'training' : day < 11 ? 'validation' : 'test'),
      /at least 2 test rows \(the horizon\) that have 3 rows of the series before them, .* got at most 1 test rows in one/,
    ],
  ])('as given refuse %s', async (_what, partOf, message) => {
    const given = `part,${csv.split('\n')[0]!}\n${lines
      .map((line) => `${partOf(line[0]!, Number(line.slice(12, 14)) - 10)},${line}`)
      .join('\n')}`;
    const { errors } = await plan(given, {
      data: { ...data, split: { validation: 0.15, test: 0.15, column: 'part' } },
    });
    expect(errors).toEqual([
      { pointer: '/data/split/column', message: expect.stringMatching(message) as unknown },
    ]);
  });

  it('by a column that differs within a series, or has too few values, are refused', async () => {
    const asked = async (table: string, by: string) =>
      (await plan(table, { data: { ...data, split: { validation: 0.15, test: 0.15, by } } })).errors;
    expect(await asked(csv, 'day')).toEqual([
      {
        pointer: '/data/split/by',
        message:
          'expected one value for all rows of a series, which is in one part as a whole, got 12 in series "A"',
      },
    ]);
    expect(await asked(csv.replaceAll(',z,', ',y,'), 'kind')).toEqual([
      { pointer: '/data/split/by', message: expect.stringContaining('at least three') as unknown },
    ]);
    expect(await asked(csv, 'sity')).toEqual([
      { pointer: '/data/split/by', message: expect.stringContaining('did you mean "city"') as unknown },
    ]);
  });
});

describe('nothing of validation and test reaches the training', () => {
  const rowCount = 60;
  const split = { validation: 0.2, test: 0.25 };
  const trainingEnd = splitSeries(rowCount, split).trainingEnd;
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const cell = fc.option(value, { freq: 8, nil: null });
  const column = (rows: number): fc.Arbitrary<(number | null)[]> =>
    fc.array(cell, { minLength: rows, maxLength: rows });
  const later = rowCount - trainingEnd;

  it('whatever stands there', async () => {
    const example = fc.record({
      past: fc.tuple(value, column(trainingEnd - 1)).map(([first, rest]) => [first, ...rest]),
      futures: fc.tuple(column(later), column(later)),
      architecture: fc.constantFrom('sequence_to_vector' as const, 'sequence_to_sequence' as const),
      window: fc.record({
        length: fc.integer({ min: 1, max: 8 }),
        horizon: fc.integer({ min: 1, max: 4 }),
        stride: fc.integer({ min: 1, max: 3 }),
      }),
    });
    await fc.assert(
      fc.asyncProperty(example, async ({ past, futures, architecture, window }) => {
        const prepared: PreparedForecast[] = [];
        for (const future of futures) {
          const cells = [...past, ...future].map((one) => (one === null ? '' : String(one)));
          prepared.push(
            await prepare(`t,a,b\n${cells.map((one, i) => `${i},${one},${i}`).join('\n')}`, {
              data: {
                inputs,
                targets: [{ column: 'a' }],
                order_by: 't',
                window,
                split,
                missing: 'forward_fill',
              },
              architecture,
            }),
          );
        }
        const [one, other] = prepared;
        expect(one!.inputScaling).toEqual(other!.inputScaling);
        expect(one!.outputScaling).toEqual(other!.outputScaling);
        expect(readAll(one!.parts.training)).toEqual(readAll(other!.parts.training));
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it('and no training target lies at or past the end of the training rows', async () => {
    const { parts } = await prepare(counting(rowCount), {
      data: {
        inputs,
        targets: [{ column: 'a' }],
        window: { length: 5, horizon: 3, stride: 1 },
        split,
        scaling: 'none',
      },
      architecture: 'sequence_to_sequence',
    });
    const rows = (source: WindowSource): number[] => readAll(source).y;
    expect(Math.max(...rows(parts.training))).toBe(trainingEnd - 1);
    expect(Math.min(...rows(parts.validation))).toBe(trainingEnd);
    expect(Math.max(...rows(parts.validation))).toBe(splitSeries(rowCount, split).validationEnd - 1);
    expect(Math.min(...rows(parts.test))).toBe(splitSeries(rowCount, split).validationEnd);
    expect(Math.max(...rows(parts.test))).toBe(rowCount - 1);
  });
});

it('prepares the example data', async () => {
  const weather = await readFile(new URL('../../examples/data/seattle-weather.csv', import.meta.url), 'utf8');
  const daily = await prepare(weather, {
    data: {
      inputs: [{ column: 'temp_max' }, { column: 'temp_min' }],
      targets: [{ column: 'temp_max' }],
      order_by: 'date',
      window: { length: 60, horizon: 14, stride: 1 },
    },
  });
  expect(daily.frequency).toEqual({ values: 'date', unit: 'day', step: 1, month_end: false });
  expect(daily.seasonality).toBe(7);
  const carbon = await readFile(
    new URL('../../examples/data/co2-concentration.csv', import.meta.url),
    'utf8',
  );
  const monthly = await prepare(carbon, {
    data: {
      inputs: [{ column: 'CO2' }],
      targets: [{ column: 'CO2' }],
      order_by: 'Date',
      window: { length: 36, horizon: 12, stride: 1 },
    },
  });
  expect(monthly.frequency).toMatchObject({ unit: 'month', step: 1 });
  expect(monthly.seasonality).toBe(12);
});
