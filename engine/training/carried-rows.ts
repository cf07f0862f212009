/** States [H,N] between batches that have different numbers of rows. */
import type { Value } from '../runtime/session.ts';

/** Those of the first N rows; 0 for all where there were fewer, since then all of them begin anew. */
export function firstRows(states: Value | undefined, H: number, N: number): Value {
  const before = states?.dims[1] ?? 0;
  if (states && before === N) return states;
  const data = new Float32Array(H * N);
  if (states && before > N)
    for (let unit = 0; unit < H; unit++)
      data.set(states.data.subarray(unit * before, unit * before + N), unit * N);
  return { data, dims: [H, N] };
}
