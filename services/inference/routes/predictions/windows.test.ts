import { expect, it } from 'vitest';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import { readWindows } from './windows.ts';

it('takes nothing for a value that every object has', () => {
  const card = {
    specification: {
      data: {
        inputs: [{ column: 'valueOf' }],
        targets: [{ column: 'valueOf' }],
        group_by: 'toString',
        order_by: 'constructor',
        window: { length: 1, horizon: 1, stride: 1 },
        scaling: 'standard',
        missing: 'error',
      },
    },
    frequency: { values: 'number', unit: 'number', step: 1, month_end: false },
  } as unknown as ForecastCard;
  const faults: FieldError[][] = [[], [], []];
  const whole = { valueOf: 7, toString: 1, constructor: 2 };
  const { series, feeds } = readWindows([{ rows: [{}] }, { rows: [whole] }, { rows: [] }], card, faults);
  expect(series).toEqual([{ input: 1, series: 1, last: 2, warnings: [] }]);
  expect(feeds.x).toEqual({ data: Float32Array.of(7), dims: [1, 1, 1] });
  expect(faults).toEqual([
    [
      { pointer: '/inputs/0/rows/0/valueOf', message: 'expected a number, got nothing' },
      { pointer: '/inputs/0/rows/0/constructor', message: 'expected a number, got nothing' },
    ],
    [],
    [{ pointer: '/inputs/2/rows', message: 'expected at least 1 rows, got 0' }],
  ]);
});

it('holds rows that are forecast to the series and the order of the rows before them, where they tell them', () => {
  const card = {
    specification: {
      data: {
        inputs: [{ column: 'price', known_ahead: true }],
        targets: [{ column: 'price' }],
        group_by: 'shop',
        order_by: 'day',
        window: { length: 1, horizon: 2, stride: 1 },
        scaling: 'standard',
        missing: 'error',
      },
    },
    frequency: { values: 'date', unit: 'day', step: 1, month_end: false },
  } as unknown as ForecastCard;
  const rows = [{ shop: 'a', day: '2024-03-01', price: 1 }];
  const futures = [
    [{ price: 2 }, { price: 3 }],
    [
      { shop: 'a', day: '2024-03-02', price: 2 },
      { day: '2024-03-03', price: 3 },
    ],
    [
      { day: '2024-03-01', price: 2 },
      { day: '2024-03-03', price: 3 },
    ],
    [{ day: '2024-03-02', price: 2 }, { price: 3 }],
    [{ price: 2 }, { shop: 'b', price: 3 }],
  ];
  const faults: FieldError[][] = futures.map(() => []);
  const { series, feeds } = readWindows(
    futures.map((future) => ({ rows, future })),
    card,
    faults,
  );
  expect(series.map(({ input }) => input)).toEqual([0, 1]);
  expect(feeds.future).toEqual({ data: Float32Array.of(2, 3, 2, 3), dims: [2, 2, 1] });
  expect(faults).toEqual([
    [],
    [],
    [
      {
        pointer: '/inputs/2/future/0/day',
        message: 'expected a date after that of the row before (oldest first), got "2024-03-01"',
      },
    ],
    [{ pointer: '/inputs/3/future/1/day', message: 'expected a date, got nothing' }],
    [{ pointer: '/inputs/4/future/1/shop', message: 'expected "a" as in the rows before, got "b"' }],
  ]);
});

it('says what is wrong with rows of the future for a model that takes none', () => {
  const card = {
    specification: {
      data: {
        inputs: [{ column: 'price' }],
        targets: [{ column: 'price' }],
        window: { length: 1, horizon: 2, stride: 1 },
        scaling: 'standard',
        missing: 'error',
      },
    },
    frequency: null,
  } as unknown as ForecastCard;
  const faults: FieldError[][] = [[]];
  readWindows([{ rows: [{ price: 1 }], future: [{ price: 2 }, { price: 3 }] }], card, faults);
  expect(faults).toEqual([
    [
      {
        pointer: '/inputs/0/future',
        message: 'expected no rows of the future, since no input of this model is known_ahead, got some',
      },
    ],
  ]);
});

it('tells which categories count as unknown, in the rows that are used', () => {
  const card = {
    specification: {
      data: {
        inputs: [{ column: 'price' }, { column: 'shop', encoding: 'one_hot' }],
        targets: [{ column: 'price' }],
        window: { length: 2, horizon: 1, stride: 1 },
        scaling: 'standard',
        missing: 'error',
      },
    },
    features: { categories: [{ column: 'shop', encoding: 'one_hot', type: 'text', categories: ['a'] }] },
    frequency: null,
  } as unknown as ForecastCard;
  const rowsOf = (...shops: string[]) => ({ rows: shops.map((shop) => ({ price: 1, shop })) });
  const faults: FieldError[][] = [[], []];
  const { series, feeds } = readWindows([rowsOf('b', 'a', 'a'), rowsOf('b', 'c', 'a')], card, faults);
  expect(faults).toEqual([[], []]);
  expect(series.map(({ warnings }) => warnings)).toEqual([
    [],
    [
      {
        pointer: '/inputs/1/rows/1/shop',
        message:
          'expected a category that stands in the training part often enough, got "c": it counts as unknown',
      },
    ],
  ]);
  expect(Array.from(feeds.x!.data as Float32Array)).toEqual([1, 1, 1, 1, 1, 0, 1, 1]);
});

it('tells which series training did not have, where each is scaled by its own figures', () => {
  const card = {
    specification: {
      data: {
        inputs: [{ column: 'price' }],
        targets: [{ column: 'price' }],
        group_by: 'shop',
        window: { length: 1, horizon: 1, stride: 1 },
        scaling: { type: 'standard', per: 'series' },
        missing: 'error',
      },
    },
    features: { series: ['a', '7'] },
    frequency: null,
  } as unknown as ForecastCard;
  const inputs = ['a', 'b', 7].map((shop) => ({ rows: [{ price: 1, shop }] }));
  const { series, feeds } = readWindows(inputs, card, [[], [], []]);
  expect(feeds.series).toEqual({ data: BigInt64Array.of(0n, -1n, 1n), dims: [3] });
  expect(series.map(({ warnings }) => warnings)).toEqual([
    [],
    [
      {
        pointer: '/inputs/1/rows/0/shop',
        message: 'expected a series that training had, got "b": it is scaled by the figures of all of them',
      },
    ],
    [],
  ]);
});
