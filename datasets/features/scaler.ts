/**
 * Fits scalers: scaled = (f(raw) − mean) / std, per column, f being ln(1 + x) for `log`. `mean` and `std` name what is subtracted and what is divided by,
 * whatever the type takes them from.
 */
import type { ScalingType } from '../../engine/spec/scaling.ts';
import { empiricalQuantile } from './empirical-quantile.ts';

export interface Scaler {
  readonly mean: number;
  readonly std: number;
}

/** Of one number: with `log` ln(1 + x) is scaled. */
export interface NumberScaler extends Scaler {
  readonly log?: true;
}

export const identityScaler: Scaler = { mean: 0, std: 1 };

/** Rows [from, to) of a column. */
export type RowRange = readonly [from: number, to: number];

/** Numbers of a column by row, NaN where one is missing; an array, or a column of a store. */
export interface Values {
  readonly length: number;
  at(row: number): number | undefined;
}

/** What is done to a number before it is scaled. */
export const transformOf = (type: ScalingType): ((x: number) => number) =>
  type === 'log' ? Math.log1p : (x) => x;

/** @param at - which number of a step or row */
export const scaledNumber = (
  {
    mean,
    std,
    log,
  }: { readonly mean: readonly number[]; readonly std: readonly number[]; readonly log?: readonly boolean[] },
  at: number,
  value: number,
): number => ((log?.[at] === true ? Math.log1p(value) : value) - mean[at]!) / std[at]!;

/** A constant column has std 1, so that it becomes 0. */
const dividable = (std: number): number => (std > 0 ? std : 1);

/** Quantiles are those of at most so many numbers, evenly spread over the rows. */
const mostSampled = 1_000_000;

/** Of the rows in `ranges` that have a number; the identity where none has. */
export function fitScaler(type: ScalingType, values: Values, ranges: readonly RowRange[]): Scaler {
  if (type === 'none') return identityScaler;
  if (type === 'robust') return fitRobust(values, ranges);
  const transform = transformOf(type);
  let count = 0;
  let sum = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  for (const [from, to] of ranges)
    for (let row = from; row < to; row++) {
      const value = transform(values.at(row)!);
      if (Number.isNaN(value)) continue;
      count += 1;
      sum += value;
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
  if (count === 0) return identityScaler;
  // Not left to the sums, whose rounding would look like a deviation.
  if (lowest === highest) return { mean: lowest, std: 1 };
  if (type === 'minmax') return { mean: lowest, std: dividable(highest - lowest) };
  const mean = sum / count;
  let squares = 0;
  for (const [from, to] of ranges)
    for (let row = from; row < to; row++) {
      const distance = transform(values.at(row)!) - mean;
      if (!Number.isNaN(distance)) squares += distance ** 2;
    }
  // Squares of the very smallest numbers are 0.
  return { mean, std: dividable(Math.sqrt(squares / count)) };
}

export const fitStandardScaler = (values: Values, ranges: readonly RowRange[]): Scaler =>
  fitScaler('standard', values, ranges);

/** Median and interquartile range, as numpy's percentile has them. */
function fitRobust(values: Values, ranges: readonly RowRange[]): Scaler {
  const rows = ranges.reduce((total, [from, to]) => total + to - from, 0);
  const stride = Math.max(1, Math.ceil(rows / mostSampled));
  const sample = new Float64Array(Math.ceil(rows / stride));
  let count = 0;
  let passed = 0;
  for (const [from, to] of ranges)
    for (let row = from; row < to; row++) {
      if (passed++ % stride !== 0) continue;
      const value = values.at(row)!;
      if (!Number.isNaN(value)) sample[count++] = value;
    }
  if (count === 0) return identityScaler;
  const sorted = sample.subarray(0, count).sort();
  const [lower, median, upper] = [0.25, 0.5, 0.75].map((level) => empiricalQuantile(sorted, level));
  return { mean: median!, std: dividable(upper! - lower!) };
}
