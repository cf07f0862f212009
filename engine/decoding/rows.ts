/** Rows of values: [N,…]. */
import type { Value } from '../runtime/session.ts';
import type { Begun } from './decoder.ts';

/** The rows of the given numbers, in their order, each as often as it is named. */
export function takeRows({ data, dims }: Value, rows: readonly number[]): Value {
  const [, ...rest] = dims;
  const size = rest.reduce((total, length) => total * length, 1);
  const taken = new Float32Array(rows.length * size);
  rows.forEach((row, index) => taken.set(data.subarray(row * size, (row + 1) * size), index * size));
  return { data: taken, dims: [rows.length, ...rest] };
}

/** The same of all that a decoder keeps of a row. */
export const takeBegun = ({ state, kept }: Begun, rows: readonly number[]): Begun => ({
  state: takeRows(state, rows),
  kept: Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, takeRows(value, rows)])),
});

export const ids = (values: readonly number[]): Value => ({
  data: Float32Array.from(values),
  dims: [values.length],
});
