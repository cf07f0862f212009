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
  expect(series).toEqual([{ input: 1, series: 1, last: 2 }]);
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
