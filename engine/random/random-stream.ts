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

/** The upper 32 bits of the 64-bit product of two 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return (
    aHigh * bHigh + Math.floor(middle / 0x10000) + ((((middle % 0x10000) + aLow * bHigh) / 0x10000) >>> 0)
  );
}

/** Philox 2×32 with 10 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). */
function philox(counterLow: number, counterHigh: number, key: number): number {
  let left = counterLow >>> 0;
  let right = counterHigh >>> 0;
  let round = key >>> 0;
  for (let i = 0; i < 10; i++) {
    const high = multiplyHigh(0xd256d193, left);
    const low = Math.imul(0xd256d193, left) >>> 0;
    left = (high ^ round ^ right) >>> 0;
    right = low;
    round = (round + 0x9e3779b9) >>> 0;
  }
  return left;
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
  const next = (): number => philox(count++, high, seed) / 2 ** 32;
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
