import { describe, expect, it } from 'vitest';
import type { ColumnProfile, ColumnType } from '../../domain/datasets/dataset.ts';
import type { DataSpecification } from '../../engine/spec/data.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import type { SeriesSummary } from './contract.ts';
import { planForecast } from './plan.ts';
import { forecastSpecification } from './testing/specification.ts';

function column(name: string, type: ColumnType, o: Partial<ColumnProfile> = {}): ColumnProfile {
  const numeric = type === 'integer' || type === 'number';
  const range = numeric
    ? { min: 0, max: 9, mean: 4, std: 2 }
    : { min: null, max: null, mean: null, std: null };
  return { name, type, missing: 0, distinct: 50, ...range, examples: [], ...o };
}

const columns = [
  column('date', 'date'),
  column('temp_max', 'number'),
  column('wind', 'number', { missing: 12 }),
  column('nothing', 'number', { missing: 100, min: null, max: null }),
  column('huge', 'number', { max: 1e50 }),
  column('weather', 'text'),
  column('station', 'text', { missing: 3 }),
  column('city', 'text'),
];

function plan(
  o: {
    data?: Partial<DataSpecification>;
    architecture?: TrainingSpecification['architecture'];
    lossSteps?: 'all' | 'last';
    series?: SeriesSummary[];
  } = {},
): ReturnType<typeof planForecast> {
  const specification = forecastSpecification({
    data: {
      inputs: [{ column: 'temp_max' }],
      targets: [{ column: 'temp_max' }],
      order_by: 'date',
      window: { length: 10, horizon: 3, stride: 1 },
      ...o.data,
    },
    ...(o.architecture && { architecture: o.architecture }),
    ...(o.lossSteps && { lossSteps: o.lossSteps }),
  });
  const series = o.series ?? [{ key: null, rows: 100 }];
  return planForecast({
    specification,
    columns,
    rowCount: series.reduce((sum, { rows }) => sum + rows, 0),
    series,
  });
}

it('counts what it finds no fault with', () => {
  expect(plan({ data: { targets: [{ column: 'temp_max' }, { column: 'huge' }] } })).toEqual({
    errors: [],
    warnings: [],
    plan: {
      task: 'forecast',
      steps: 10,
      inputSize: 1,
      outputSize: 6,
      // 70 training rows hold 70 - 13 + 1 windows; 15 rows are forecast 3 at a time in 13 places.
      windows: { training: 58, validation: 13, test: 13 },
      series: 1,
    },
  });
});

describe('points at', () => {
  it.each<[string, Parameters<typeof plan>[0], string, string | RegExp]>([
    [
      'an unknown input',
      { data: { inputs: [{ column: 'temp_max' }, { column: 'tempmax' }] } },
      '/data/inputs/1/column',
      /got "tempmax"; did you mean "temp_max"\?/,
    ],
    [
      'an unknown target',
      { data: { targets: [{ column: 'zzz' }] } },
      '/data/targets/0/column',
      /got "zzz"; the dataset has "date", "temp_max"/,
    ],
    [
      'text',
      { data: { inputs: [{ column: 'weather' }] } },
      '/data/inputs/0/column',
      'expected a numeric column, got "weather", which is of type text',
    ],
    ['a date', { data: { targets: [{ column: 'date' }] } }, '/data/targets/0/column', /of type date/],
    [
      'missing values',
      { data: { inputs: [{ column: 'wind' }], targets: [{ column: 'wind' }] } },
      '/data/inputs/0/column',
      /got "wind" with 12; set data.missing \(forward_fill, interpolate, mask or drop\)/,
    ],
    [
      'a column without values',
      { data: { inputs: [{ column: 'nothing' }], missing: 'forward_fill' } },
      '/data/inputs/0/column',
      /all are missing/,
    ],
    [
      'numbers too large to go unscaled',
      { data: { inputs: [{ column: 'huge' }], scaling: 'none' } },
      '/data/inputs/0/column',
      /within ±/,
    ],
    [
      'an input named twice',
      { data: { inputs: [{ column: 'temp_max' }, { column: 'temp_max' }] } },
      '/data/inputs/1/column',
      /\/data\/inputs\/0 already/,
    ],
    [
      'a target named twice',
      { data: { targets: [{ column: 'temp_max' }, { column: 'temp_max' }] } },
      '/data/targets/1/column',
      /\/data\/targets\/0 already/,
    ],
    ['an unknown group', { data: { group_by: 'citty' } }, '/data/group_by', /did you mean "city"/],
    ['a group with holes', { data: { group_by: 'station' } }, '/data/group_by', /got 3 missing in "station"/],
    ['an unknown order', { data: { order_by: 'dat' } }, '/data/order_by', /did you mean "date"/],
    ['an order of words', { data: { order_by: 'weather' } }, '/data/order_by', /of type text/],
    ['an order with holes', { data: { order_by: 'wind' } }, '/data/order_by', /got 12 missing/],
    [
      'an order with ties',
      { series: [{ key: null, rows: 100, repeated: { rows: 4, example: '2024-01-01' } }] },
      '/data/order_by',
      /got 4 repeated, such as 2024-01-01; does the file hold several series/,
    ],
    [
      'shares that leave nothing',
      { data: { split: { validation: 0.5, test: 0.5 } } },
      '/data/split',
      /got 0.5 \+ 0.5/,
    ],
    [
      'a series shorter than a window',
      { series: [{ key: null, rows: 12 }] },
      '/data/window/length',
      /at least 13 training rows .* which takes 19 rows in all; got 8 in the longest series, which has 12 rows/,
    ],
    [
      'a table without rows for validation',
      { data: { split: { validation: 0.01, test: 0.15 } } },
      '/data/split/validation',
      /at least 3 validation rows .* got 1 in/,
    ],
    [
      'a table without rows for the test',
      { data: { split: { validation: 0.15, test: 0.01 } } },
      '/data/split/test',
      /at least 3 test rows/,
    ],
  ])('%s', (_, what, pointer, message) => {
    const { errors, plan: made } = plan(what);
    expect(made).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors[0]?.pointer).toBe(pointer);
    expect(errors[0]?.message).toMatch(message);
  });
});

it('finds all faults of a specification at once', () => {
  const { errors } = plan({
    data: {
      inputs: [{ column: 'x' }, { column: 'weather' }],
      group_by: 'y',
      split: { validation: 0.9, test: 0.9 },
    },
  });
  expect(errors.map(({ pointer }) => pointer)).toEqual([
    '/data/inputs/0/column',
    '/data/inputs/1/column',
    '/data/group_by',
    '/data/split',
  ]);
});

it('lets sequence_to_sequence use all steps', () => {
  expect(plan({ architecture: 'sequence_to_sequence', lossSteps: 'all' }).errors).toEqual([]);
});

it('says how many rows are needed, and so many are enough', () => {
  const [error] = plan({ series: [{ key: null, rows: 12 }] }).errors;
  const needed = Number(/takes (\d+) rows/.exec(error!.message)![1]);
  expect(plan({ series: [{ key: null, rows: needed }] }).errors).toEqual([]);
  expect(plan({ series: [{ key: null, rows: needed - 1 }] }).errors).toHaveLength(1);
});

it('warns of short series, rows left out, long seasons and constant columns', () => {
  const { warnings, plan: made } = plan({
    data: { group_by: 'city', missing: 'forward_fill', seasonality: 80 },
    series: [
      { key: 'A', rows: 100, leadingMissing: 10 },
      { key: 'B', rows: 5 },
    ],
  });
  expect(warnings).toEqual([
    '1 of 2 series are too short for a training window, such as "B" with 5 rows',
    '10 rows at the start of their series are left out: not every column has had a value there',
    expect.stringContaining('a season of 80 steps') as string,
  ]);
  expect(made).toMatchObject({ series: 1, windows: { training: 90 - 14 - 14 - 12 } });
});
