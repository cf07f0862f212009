import { expect, test } from 'vitest';
import { interpret } from '../../graph/interpret.ts';
import { input } from '../../graph/ops.ts';
import { difference } from '../../graph/testing/numbers.ts';
import { runOnnx } from '../../graph/testing/programs.ts';
import type { RegressionLoss } from '../../spec/losses.ts';
import type { ForecastOptions } from './forecast.ts';
import { forecastOf } from './forecast-of.ts';

/** [N,P] heads, one window a row. */
function program(loss: RegressionLoss, P: number, options: ForecastOptions) {
  const head = input('head', ['N', P]);
  const { point, quantiles, deviation, degreesOfFreedom } = forecastOf(loss, head, options);
  return {
    inputs: [head],
    outputs: [
      { name: 'point', tensor: point },
      ...quantiles.map((tensor, index) => ({ name: `quantile_${index}`, tensor })),
      ...(deviation ? [{ name: 'deviation', tensor: deviation }] : []),
      ...(degreesOfFreedom ? [{ name: 'freedom', tensor: degreesOfFreedom }] : []),
    ],
  };
}

const heads = (rows: readonly (readonly number[])[]) => ({
  head: { shape: [rows.length, rows[0]!.length], data: Float64Array.from(rows.flat()) },
});

test('a loss of one number tells one number', () => {
  const results = interpret(program('mae', 2, { levels: [] }), heads([[1, 2]]));
  expect(Object.keys(results)).toEqual(['point']);
  expect([...results.point!.data]).toEqual([1, 2]);
});

test('quantiles never cross, and the point is their median', () => {
  const levels = [0.1, 0.5, 0.9];
  const graph = program({ type: 'quantile', quantiles: levels }, 6, { levels });
  // two targets: the first in order, the second upside down
  const results = interpret(graph, heads([[1, 9, 2, 5, 3, -4]]));
  expect([0, 1, 2].map((index) => [...results[`quantile_${index}`]!.data])).toEqual([
    [1, -4],
    [2, 5],
    [3, 9],
  ]);
  expect([...results.point!.data]).toEqual([2, 5]);
});

test('what calibration adds is of a level and a target column, at all steps of the horizon', () => {
  const levels = [0.1, 0.9];
  const graph = program('gaussian', 8, {
    levels,
    calibration: [
      [-1, -10],
      [1, 10],
    ],
  });
  const plain = program('gaussian', 8, { levels });
  // two steps of two columns: means, then widths
  const feeds = heads([[0, 0, 5, 5, 1, 1, 1, 1]]);
  const [with_, without] = [interpret(graph, feeds), interpret(plain, feeds)];
  const added = [0, 1].map((level) =>
    [...with_[`quantile_${level}`]!.data].map((value, index) =>
      Math.round(value - without[`quantile_${level}`]!.data[index]!),
    ),
  );
  expect(added).toEqual([
    [-1, -10, -1, -10],
    [1, 10, 1, 10],
  ]);
  expect(with_.point).toEqual(without.point);
});

test('quantiles of a normal and of Student’s distribution, in ONNX Runtime too', async () => {
  const levels = [0.025, 0.5, 0.9];
  const softplus = (x: number) => Math.log1p(Math.exp(x));
  const normal = program('gaussian', 2, { levels });
  const student = program('student_t', 3, { levels });
  for (const [graph, feeds, expected] of [
    // scipy.stats.norm.ppf
    [
      normal,
      heads([[2, 1]]),
      [-1.9599639845400545, 0, 1.2815515655446004].map((z) => 2 + (softplus(1) + 1e-3) * z),
    ],
    // scipy.stats.t.ppf(q, 5)
    [
      student,
      heads([[2, 1, Math.log(Math.expm1(2.99))]]),
      [-2.5705818356363146, 0, 1.4758840488244815].map((t) => 2 + (softplus(1) + 1e-3) * t),
    ],
  ] as const) {
    for (const [results, tolerance] of [
      [interpret(graph, feeds), 1e-8],
      [await runOnnx(graph, feeds), 1e-6],
    ] as const) {
      expect(
        difference(
          levels.map((_, index) => results[`quantile_${index}`]!.data[0]!),
          expected,
        ),
      ).toBeLessThan(tolerance);
    }
  }
  const { deviation, freedom } = interpret(student, heads([[2, 1, Math.log(Math.expm1(2.99))]]));
  expect(freedom!.data[0]).toBeCloseTo(5, 10);
  expect(deviation!.data[0]).toBeCloseTo((softplus(1) + 1e-3) * Math.sqrt(5 / 3), 10);
});
