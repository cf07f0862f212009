import type { RandomStream } from '../../random/random-stream.ts';

/** A standard normal number (Box & Muller 1958). */
export function normal(random: RandomStream): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
