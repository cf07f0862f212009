/** Named streams of random numbers. */
import { philox } from './philox.ts';

/**
 * Random numbers from a counter: the n-th number of a stream is a hash of (seed, name, n), so that a stream can be taken
 * up at any position, and streams with different names are independent.
 */
export interface RandomStream {
  /** How many numbers have been drawn. */
  readonly position: number;
  /** The next number, uniform in [0, 1), with 32 random bits. */
  next(): number;
  /** A uniform integer from 0 to below − 1. */
  integer(below: number): number;
}

/** FNV-1a (Fowler, Noll & Vo), 32 bits. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** @param position - numbers already drawn, to go on where another stream of this seed and name stood */
export function randomStream(seed: number, name: string, position = 0): RandomStream {
  const high = hashName(name);
  let count = position;
  const next = (): number => philox([count++, high], seed)[0] / 2 ** 32;
  return {
    get position() {
      return count;
    },
    next,
    integer: (below) => Math.floor(next() * below),
  };
}

/** The numbers 0 … count − 1 in random order (Fisher & Yates). */
export function permutation(count: number, random: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = random.integer(index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}
