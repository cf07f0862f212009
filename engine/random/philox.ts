/** Philox 2×32 with 10 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). */

/** The upper 32 bits of the 64-bit product of two 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carried = (middle % 0x10000) + aLow * bHigh;
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000);
}

/** @returns 64 random bits, as two 32-bit numbers, from a 64-bit counter and a 32-bit key */
export function philox(counter: readonly [number, number], key: number): [number, number] {
  let [left, right] = counter;
  let round = key >>> 0;
  for (let i = 0; i < 10; i++) {
    const high = multiplyHigh(0xd256d193, left);
    const low = Math.imul(0xd256d193, left) >>> 0;
    left = (high ^ round ^ right) >>> 0;
    right = low;
    round = (round + 0x9e3779b9) >>> 0;
  }
  return [left, right];
}
