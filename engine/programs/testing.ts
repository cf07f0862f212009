/** For tests of files over rows: random ones, as the file takes them and as the engine does. */
import type { RandomStream } from '../random/random-stream.ts';
import type { IntegerValue, Value } from '../runtime/session.ts';
import type { RowInputs } from '../spec/row-inputs.ts';

/** Feeds of a file over rows, and the same as x [T,N,I] and mask [T,N]. @param lengths - of each of the N examples, at most T */
export function exampleRows(inputs: RowInputs, lengths: readonly number[], T: number, random: RandomStream) {
  const N = lengths.length;
  const { sequence, numbers } = inputs;
  const ofRows = sequence?.kind === 'rows';
  const categories = ofRows ? sequence.categories : inputs.categories;
  const W = sequence && sequence.kind !== 'tokens' ? sequence.scaling.mean.length : 0;
  const signs = Float32Array.from({ length: N * T * W }, () => random.next() * 4 - 2);
  const ids = Array.from({ length: N * T }, () => random.integer(6));
  const own = Float32Array.from({ length: N * numbers.mean.length }, (_, i) =>
    numbers.log?.[i % numbers.mean.length] === true ? random.next() * 9 : random.next() * 4 - 2,
  );
  const kinds = categories.map((one) => (one.kind === 'one_hot' ? one.categories : one.embedding.vocabulary));
  const chosen = Array.from({ length: N * (ofRows ? T : 1) * kinds.length }, (_, i) =>
    random.integer(kinds[i % kinds.length]!),
  );
  const chosenAt = (n: number, t: number, i: number) => chosen[(ofRows ? n * T + t : n) * kinds.length + i]!;
  const feeds: Record<string, Value | IntegerValue> = {
    ...(sequence?.kind === 'tokens' && { tokens: { data: BigInt64Array.from(ids, BigInt), dims: [N, T] } }),
    ...(W > 0 && { sequence: { data: signs, dims: [N, T, W] } }),
    ...(sequence?.padded === true && {
      lengths: { data: BigInt64Array.from(lengths, BigInt), dims: [N] },
    }),
    ...(own.length > 0 && { numbers: { data: own, dims: [N, numbers.mean.length] } }),
    ...(chosen.length > 0 && {
      categories: {
        data: BigInt64Array.from(chosen, BigInt),
        dims: [N, ...(ofRows ? [T] : []), kinds.length],
      },
    }),
  };
  const scale = (value: number, mean: number, std: number) => (value - mean) / std;
  const stepOf = (n: number, t: number): number[] => [
    ...Array.from({ length: W }, (_, w) => {
      const { mean, std } = (sequence as { scaling: RowInputs['numbers'] }).scaling;
      return scale(signs[(n * T + t) * W + w]!, mean[w]!, std[w]!);
    }),
    ...numbers.mean.map((mean, i) => {
      const value = own[n * numbers.mean.length + i]!;
      return scale(numbers.log?.[i] === true ? Math.log1p(value) : value, mean, numbers.std[i]!);
    }),
    ...categories.flatMap((one, i) =>
      one.kind === 'one_hot'
        ? Array.from({ length: one.categories }, (_, c) => (chosenAt(n, t, i) === c ? 1 : 0))
        : [],
    ),
    ...(sequence?.kind === 'tokens' ? [ids[n * T + t]!] : []),
    ...categories.flatMap((one, i) => (one.kind === 'embedding' ? [chosenAt(n, t, i)] : [])),
  ];
  const steps = Array.from({ length: T }, (_, t) => lengths.map((_length, n) => stepOf(n, t))).flat();
  const mask = Array.from({ length: T }, (_, t) => lengths.map((length) => (t < length ? 1 : 0))).flat();
  return { feeds, x: Float64Array.from(steps.flat()), mask: Float64Array.from(mask) };
}

/** Rows of a series: two numbers, a category that is embedded and one that is not. */
export const rowsOfSeries: RowInputs = {
  sequence: {
    kind: 'rows',
    scaling: { mean: [1, -2], std: [2, 4] },
    categories: [
      { kind: 'embedding', embedding: { vocabulary: 4, size: 3 } },
      { kind: 'one_hot', categories: 3 },
    ],
    padded: true,
  },
  numbers: { mean: [], std: [] },
  categories: [],
};
