/** Random masks, made fast: one cheap hash an element, keyed by a counter-based generator. */
import { philox } from './philox.ts';

/** A bijective mixing of 32 bits (Wellons 2018, "lowbias32"). */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * Fills a mask of dropout: 0 with probability `rate`, 1 / (1 − rate) otherwise, so that the mean is 1. The same seed,
 * step and index give the same mask.
 * @param step - of the optimiser, counted from 0
 * @param index - which of the masks of that step
 */
export function fillDropoutMask(
  mask: Float32Array,
  rate: number,
  seed: number,
  step: number,
  index: number,
): void {
  const [first, second] = philox([step, index], seed);
  const threshold = rate * 2 ** 32;
  const kept = 1 / (1 - rate);
  for (let element = 0; element < mask.length; element++) {
    mask[element] = mix((mix((element + first) >>> 0) ^ second) >>> 0) < threshold ? 0 : kept;
  }
}
