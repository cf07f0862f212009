import { expect, test } from 'vitest';
import { fillDropoutMask } from './mask-stream.ts';

function mask(rate: number, seed: number, step: number, index: number, size = 100_000): Float32Array {
  const values = new Float32Array(size);
  fillDropoutMask(values, rate, seed, step, index);
  return values;
}

test.each([0.1, 0.5, 0.9])('a share of %f is dropped, and the mean is 1', (rate) => {
  const values = mask(rate, 1, 0, 0);
  const dropped = values.filter((value) => value === 0).length / values.length;
  // five standard deviations of a share of 100,000
  expect(Math.abs(dropped - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / values.length));
  expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
});

test('neighbours, steps and masks are independent', () => {
  const agreement = (a: Float32Array, b: Float32Array) =>
    a.filter((value, index) => (value === 0) === (b[index] === 0)).length / a.length;
  const values = mask(0.5, 1, 0, 0);
  for (const other of [mask(0.5, 2, 0, 0), mask(0.5, 1, 1, 0), mask(0.5, 1, 0, 1)]) {
    expect(Math.abs(agreement(values, other) - 0.5)).toBeLessThan(0.01);
  }
  for (const lag of [1, 2, 32, 64, 1024]) {
    expect(Math.abs(agreement(values.subarray(lag), values.subarray(0, -lag)) - 0.5)).toBeLessThan(0.01);
  }
});

test('the same seed, step and index give the same mask', () => {
  expect(mask(0.3, 7, 5, 2, 1000)).toEqual(mask(0.3, 7, 5, 2, 1000));
});
