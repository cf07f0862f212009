/** PyTorch's default for recurrent and linear layers: U(−1/√n, 1/√n). */
import type { RandomStream } from '../../random/random-stream.ts';

/** @param n - the hidden size for recurrent layers, the input size for linear ones */
export function uniform(values: Float32Array, n: number, random: RandomStream): void {
  const bound = 1 / Math.sqrt(n);
  for (let index = 0; index < values.length; index++) values[index] = (random.next() * 2 - 1) * bound;
}
