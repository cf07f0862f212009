/** Encoded rows as the inputs of a model file over rows. */
import { endianness } from 'node:os';
import type { IntegerValue, Tensor } from '../../engine/runtime/session.ts';
import type { RowInputs } from '../../engine/spec/row-inputs.ts';
import type { EncodedRow } from './row.ts';

/** Inputs by the names of `rowModelInputs`; what is shorter than others is filled up with 0. */
export function rowFeeds(
  rows: readonly EncodedRow[],
  { sequence, numbers, categories }: RowInputs,
): Record<string, Tensor> {
  const N = rows.length;
  const T = rows.reduce((most, { steps }) => Math.max(most, steps), 0);
  return {
    ...(sequence?.kind === 'tokens' && { tokens: paddedIds(rows, T) }),
    ...(sequence?.kind === 'numbers' && { sequence: padded(rows, T, sequence.scaling.mean.length) }),
    ...(sequence?.padded === true && {
      lengths: integers(
        rows.map(({ steps }) => steps),
        [N],
      ),
    }),
    ...(numbers.mean.length > 0 && {
      numbers: {
        data: Float32Array.from(rows.flatMap((row) => [...row.numbers])),
        dims: [N, numbers.mean.length],
      },
    }),
    ...(categories.length > 0 && {
      categories: integers(
        rows.flatMap((row) => [...row.categories]),
        [N, categories.length],
      ),
    }),
  };
}

/** [N,T] */
function paddedIds(rows: readonly EncodedRow[], T: number): IntegerValue {
  const ids = new Uint32Array(rows.length * T);
  rows.forEach(({ sequence }, n) => ids.set(sequence!, n * T));
  return integers(ids, [rows.length, T]);
}

/** From 0 to 2³² − 1: the lower halves of their 64 bits, which takes a sixth of the time of a BigInt for each. */
function integers(values: ArrayLike<number>, dims: readonly number[]): IntegerValue {
  const halves = new Uint32Array(2 * values.length);
  for (let index = 0; index < values.length; index++) halves[2 * index + lowerHalf] = values[index]!;
  return { data: new BigInt64Array(halves.buffer), dims };
}

/** Which half of 64 bits is written first by this machine. */
const lowerHalf = endianness() === 'LE' ? 0 : 1;

/** [N,T,W] */
function padded(rows: readonly EncodedRow[], T: number, W: number) {
  const data = new Float32Array(rows.length * T * W);
  rows.forEach(({ sequence }, n) => data.set(sequence!, n * T * W));
  return { data, dims: [rows.length, T, W] };
}
