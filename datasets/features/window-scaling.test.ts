/** Differences from the last value of a window, worked out by hand: what they are divided by, what becomes of a window, and the way back. */
import { expect, it } from 'vitest';
import { fitScaling, unscale, windowFigures } from './window-scaling.ts';

// Windows of three training rows: 1 2 4, 2 4 8 and 4 8 4; the last row is for validation.
const values = Float64Array.of(1, 2, 4, 8, 4, 1000);
const fitted = (type: 'standard' | 'log', numbers = values) =>
  fitScaling({ type, per: 'last_value' }, [numbers], {
    types: [type],
    training: [[0, 5]],
    from: [0],
    length: 3,
  });
const figures = (scaling: ReturnType<typeof fitted>, numbers: readonly number[]) => {
  const into = { mean: new Float64Array(1), std: new Float64Array(1) };
  windowFigures(scaling, { series: -1, inputs: [Float64Array.from(numbers)] }, into);
  return [into.mean[0]!, into.std[0]!] as const;
};

it('are divided by the root of their mean square in training', () => {
  const scaling = fitted('standard');
  // (1 − 4)² + (2 − 4)² + (2 − 8)² + (4 − 8)² + (4 − 4)² + (8 − 4)², over 6
  const std = Math.sqrt((9 + 4 + 36 + 16 + 0 + 16) / 6);
  expect(scaling.window).toEqual({ statistic: 'last', floor: [expect.closeTo(std, 12)], from: [0] });
  const [mean, own] = figures(scaling, [500, 700, 600]);
  expect([mean, own]).toEqual([600, expect.closeTo(std, 12)]);
  // no change is 0, and what is told of a change stands on the last value
  expect(unscale(scaling, 0, 0, mean, own)).toBe(600);
  expect(unscale(scaling, 0, (630 - 600) / own, mean, own)).toBeCloseTo(630, 9);
});

it('are those of logarithms with log', () => {
  const scaling = fitted('log');
  const ratio = (a: number, b: number) => Math.log((1 + a) / (1 + b)) ** 2;
  const std = Math.sqrt(
    (ratio(1, 4) + ratio(2, 4) + ratio(2, 8) + ratio(4, 8) + ratio(4, 4) + ratio(8, 4)) / 6,
  );
  expect(scaling.window!.floor[0]).toBeCloseTo(std, 12);
  const [mean, own] = figures(scaling, [1, 1, 9]);
  expect(mean).toBeCloseTo(Math.log(10), 12);
  // twice as much, and one: ln 20 − ln 10
  expect(unscale(scaling, 0, Math.log(2) / own, mean, own)).toBeCloseTo(19, 9);
});

it('pass over what is missing, and divide by 1 where nothing changes', () => {
  // 1 · 4, · 4 8 and 4 8 ·: 8 is the last known value of the third
  const holes = Float64Array.of(1, NaN, 4, 8, NaN, 1000);
  expect(fitted('standard', holes).window!.floor[0]).toBeCloseTo(Math.sqrt((9 + 16 + 16) / 3), 12);
  expect(fitted('standard', new Float64Array(6).fill(3)).window!.floor).toEqual([1]);
});
