/** What is read, rows first: the inputs of a reading. */
import type { Value } from '../runtime/session.ts';

/** Ids of one text a row: `x` [N,T,1], 0 behind the end, and `mask` [N,T], 1 for what is read. */
export function readIds(texts: readonly ArrayLike<number>[]): Record<'x' | 'mask', Value> {
  const N = texts.length;
  const T = texts.reduce((most, { length }) => Math.max(most, length), 1);
  const [x, mask] = [new Float32Array(N * T), new Float32Array(N * T)];
  texts.forEach((ids, row) => {
    x.set(ids, row * T);
    mask.fill(1, row * T, row * T + ids.length);
  });
  return { x: { data: x, dims: [N, T, 1] }, mask: { data: mask, dims: [N, T] } };
}
