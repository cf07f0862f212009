import fc from 'fast-check';
import { expect, it } from 'vitest';
import { conformalCalibration } from './conformal.ts';

it('moves the bounds of an interval by the amount that covers its share, worked out by hand', () => {
  // nine windows of one step, truths 1 to 9; everywhere the interval from 4 to 6 and a median of 5
  const actual = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const quantiles = [...actual].flatMap(() => [4, 5, 6]);
  // distances outside: 3 2 1 0 -1 0 1 2 3; the 8th of (9 + 1) · 0.8 in order is 3
  expect(conformalCalibration({ levels: [0.1, 0.5, 0.9], quantiles, actual, count: 9, targets: 1 })).toEqual([
    [-3],
    [0],
    [3],
  ]);
});

it('moves a quantile without a partner to its own share', () => {
  const actual = Float64Array.from({ length: 9 }, (_, index) => index + 1);
  const quantiles = new Float64Array(9);
  // the 2nd of (9 + 1) · 0.2
  expect(conformalCalibration({ levels: [0.2], quantiles, actual, count: 9, targets: 1 })).toEqual([[2]]);
});

it('covers at least its share of what it was fitted on, for each target column by itself', () => {
  const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 24, maxLength: 24 });
  fc.assert(
    fc.property(numbers, numbers, numbers, (low, high, truth) => {
      // six windows of two steps of two columns
      const [count, targets, O] = [6, 2, 4];
      const quantiles = Array.from({ length: count }, (_, window) => [
        ...low.slice(window * O, (window + 1) * O),
        ...high.slice(window * O, (window + 1) * O),
      ]).flat();
      const calibration = conformalCalibration({
        levels: [0.25, 0.75],
        quantiles,
        actual: truth,
        count,
        targets,
      });
      for (let target = 0; target < targets; target++) {
        const inside = truth.filter((value, index) => {
          if (index % targets !== target) return false;
          const slack = 1e-9;
          return (
            value >= low[index]! + calibration[0]![target]! - slack &&
            value <= high[index]! + calibration[1]![target]! + slack
          );
        });
        expect(inside.length).toBeGreaterThanOrEqual(Math.ceil(13 * 0.5 - 1e-9));
      }
    }),
  );
});
