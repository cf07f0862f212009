/** Beside scipy.stats.t.ppf and norm.ppf of SciPy 1.17.1. */
import { expect, test } from 'vitest';
import { normalQuantile, studentTQuantilePolynomial } from './student-t-quantile.ts';
const golden: readonly (readonly [probability: number, freedom: number, quantile: number])[] = [
  [0.001, 2.01, -22.055363742553],
  [0.001, 3.7, -7.7951838750292],
  [0.001, 12, -3.9296332646265],
  [0.001, 250, -3.1231502290271],
  [0.025, 2.01, -4.2822042802972],
  [0.025, 3.7, -2.8675207071912],
  [0.025, 12, -2.1788128296672],
  [0.025, 250, -1.9694983934212],
  [0.1, 2.01, -1.8814925035421],
  [0.1, 3.7, -1.5575658388615],
  [0.1, 12, -1.3562173340232],
  [0.1, 250, -1.2849470554223],
  [0.3, 2.01, -0.61671059386359],
  [0.3, 3.7, -0.57243538413885],
  [0.3, 12, -0.53861766820192],
  [0.3, 250, -0.52506980023926],
  [0.5, 2.01, 0],
  [0.5, 3.7, 0],
  [0.5, 12, 0],
  [0.5, 250, 0],
  [0.8, 2.01, 1.0593593497395],
  [0.8, 3.7, 0.94987782429608],
  [0.8, 12, 0.87260929158814],
  [0.8, 250, 0.84306136074033],
  [0.999, 2.01, 22.055363742553],
  [0.999, 3.7, 7.7951838750292],
  [0.999, 12, 3.9296332646265],
  [0.999, 250, 3.1231502290271],
];
const normal: readonly (readonly [probability: number, quantile: number])[] = [
  [0.001, -3.0902323061678],
  [0.1, -1.2815515655446],
  [0.5, 0],
  [0.9, 1.2815515655446],
  [0.975, 1.9599639845401],
];

test.each(golden)('the %f quantile with %f degrees of freedom', (probability, freedom, expected) => {
  const v = 4 / freedom - 1;
  const value = studentTQuantilePolynomial(probability).reduce(
    (sum, coefficient) => sum * v + coefficient,
    0,
  );
  expect(Math.abs(value - expected)).toBeLessThan(2e-9 * Math.max(1, Math.abs(expected)));
});

test.each(normal)('the %f quantile of the normal distribution', (probability, expected) => {
  expect(normalQuantile(probability)).toBeCloseTo(expected, 8);
});
