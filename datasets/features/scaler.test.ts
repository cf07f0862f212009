import { expect, it } from 'vitest';
import { fitStandardScaler } from './scaler.ts';

it('takes mean and population deviation of the rows named', () => {
  const values = Float64Array.of(99, 2, 4, 99, 4, 6, 99);
  expect(
    fitStandardScaler(values, [
      [1, 3],
      [4, 6],
    ]),
  ).toEqual({ mean: 4, std: Math.SQRT2 });
});

it('leaves a constant column at its own scale', () => {
  expect(fitStandardScaler(Float64Array.of(3, 3, 3), [[0, 3]])).toEqual({ mean: 3, std: 1 });
  expect(fitStandardScaler(new Float64Array(1000).fill(0.1), [[0, 1000]])).toEqual({ mean: 0.1, std: 1 });
});

it('never divides by zero', () => {
  expect(fitStandardScaler(Float64Array.of(0, Number.MIN_VALUE), [[0, 2]]).std).toBe(1);
});

it('sees small differences of large numbers', () => {
  const scaler = fitStandardScaler(Float64Array.of(1e9, 1e9 + 2), [[0, 2]]);
  expect(scaler).toEqual({ mean: 1e9 + 1, std: 1 });
  expect(fitStandardScaler(Float64Array.of(1e9, 1e9 + 0.5), [[0, 2]]).std).toBe(0.25);
});
