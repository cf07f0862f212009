/** Which steps of a batch are windows and which are padding. */
import type { Value } from '../runtime/session.ts';
import { longest } from './length-buckets.ts';
import type { WindowSource } from './window-source.ts';

/** T of a batch: what its longest window takes. */
export const stepsOfBatch = ({ lengths, steps }: WindowSource, windows: Uint32Array): number =>
  lengths ? longest(lengths, windows) : steps;

/** The input `mask` for the N windows of each batch, [T,N] each: 1 where a step is of the window, 0 where it is padding; none without lengths. */
export function paddingMask(
  { lengths }: WindowSource,
  windows: Uint32Array,
  { batches, T, N }: { readonly batches: readonly number[]; readonly T: number; readonly N: number },
): { readonly mask?: Value } {
  if (!lengths) return {};
  const data = new Float32Array(windows.length * T);
  windows.forEach((window, index) => {
    const first = Math.floor(index / N) * T * N + (index % N);
    for (let t = 0; t < Math.min(T, lengths[window]!); t++) data[first + t * N] = 1;
  });
  return { mask: { data, dims: [...batches, T, N] } };
}
