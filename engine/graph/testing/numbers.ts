/** For tests of the compiler: random values, and how far two results are apart. */
import { sizeOf, type NdArray } from '../nd-array.ts';
import { randomStream } from '../../random/random-stream.ts';

export function randomArray(shape: readonly number[], name: string): NdArray {
  const random = randomStream(11, name);
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, () => random.next() * 2 - 1) };
}

/** The largest difference over the largest magnitude of what is expected. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let [largest, magnitude] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    largest = Math.max(largest, Math.abs(actual[index]! - expected[index]!));
    magnitude = Math.max(magnitude, Math.abs(expected[index]!));
  }
  return magnitude === 0 ? largest : largest / magnitude;
}
