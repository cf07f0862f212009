/** Encoded rows as the inputs of a model file over rows. */
import type { Tensor } from '../../engine/runtime/session.ts';
import type { RowInputs } from '../../engine/spec/row-inputs.ts';
import type { EncodedRow } from './row.ts';

/** Inputs by the names of `rowModelInputs`; what is shorter than others is filled up with 0. */
export function rowFeeds(
  rows: readonly EncodedRow[],
  { sequence, numbers, categories }: RowInputs,
): Record<string, Tensor> {
  const N = rows.length;
  const T = rows.reduce((most, { steps }) => Math.max(most, steps), 0);
  const integers = (values: readonly number[]) => BigInt64Array.from(values, (value) => BigInt(value));
  return {
    ...(sequence?.kind === 'tokens' && {
      tokens: {
        data: integers(
          rows.flatMap(({ sequence: ids, steps }) => [...ids!, ...new Array<number>(T - steps).fill(0)]),
        ),
        dims: [N, T],
      },
    }),
    ...(sequence?.kind === 'numbers' && { sequence: padded(rows, T, sequence.scaling.mean.length) }),
    ...(sequence?.padded === true && {
      lengths: { data: integers(rows.map(({ steps }) => steps)), dims: [N] },
    }),
    ...(numbers.mean.length > 0 && {
      numbers: {
        data: Float32Array.from(rows.flatMap((row) => row.numbers)),
        dims: [N, numbers.mean.length],
      },
    }),
    ...(categories.length > 0 && {
      categories: { data: integers(rows.flatMap((row) => row.categories)), dims: [N, categories.length] },
    }),
  };
}

/** [N,T,W] */
function padded(rows: readonly EncodedRow[], T: number, W: number) {
  const data = new Float32Array(rows.length * T * W);
  rows.forEach(({ sequence }, n) => data.set(sequence!, n * T * W));
  return { data, dims: [rows.length, T, W] };
}
