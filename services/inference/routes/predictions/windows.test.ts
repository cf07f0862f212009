import { expect, it } from 'vitest';
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import type { UnrollError } from '../../../../domain/errors/unroll-error.ts';
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
  const read = (row: Record<string, number>) => readWindows([{ rows: [row] }], card);
  expect(read({ valueOf: 7, toString: 1, constructor: 2 }).series).toEqual([{ series: 1, last: 2 }]);
  try {
    read({});
    expect.fail('was accepted');
  } catch (error) {
    expect((error as UnrollError).errors).toEqual([
      { pointer: '/inputs/0/rows/0/valueOf', message: 'expected a number, got nothing' },
      { pointer: '/inputs/0/rows/0/constructor', message: 'expected a number, got nothing' },
    ]);
  }
});
