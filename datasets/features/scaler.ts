/** The standard scaler: scaled = (raw - mean) / std, per column. */

export interface Scaler {
  readonly mean: number;
  readonly std: number;
}

export const identityScaler: Scaler = { mean: 0, std: 1 };

/** Rows [from, to) of a column. */
export type RowRange = readonly [from: number, to: number];

/**
 * Mean and population deviation of the rows in `ranges`, in two passes. A constant column has std 1, so that it becomes 0.
 */
export function fitStandardScaler(values: Float64Array, ranges: readonly RowRange[]): Scaler {
  let count = 0;
  let sum = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  for (const [from, to] of ranges) {
    count += to - from;
    for (let row = from; row < to; row++) {
      sum += values[row]!;
      lowest = Math.min(lowest, values[row]!);
      highest = Math.max(highest, values[row]!);
    }
  }
  if (count === 0) return identityScaler;
  // Not left to the sums, whose rounding would look like a deviation.
  if (lowest === highest) return { mean: lowest, std: 1 };
  const mean = sum / count;
  let squares = 0;
  for (const [from, to] of ranges)
    for (let row = from; row < to; row++) squares += (values[row]! - mean) ** 2;
  const std = Math.sqrt(squares / count);
  // Squares of the very smallest numbers are 0.
  return { mean, std: std > 0 ? std : 1 };
}
