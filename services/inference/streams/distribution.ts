/** What logits say of the classes they are of. */

/** ln Σ exp(x), without overflow. */
export function logSumExp(logits: Float32Array): number {
  let highest = -Infinity;
  for (const value of logits) highest = Math.max(highest, value);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - highest);
  return highest + Math.log(sum);
}

/** The so many likeliest, the likeliest first; of equally likely ones that of the lesser index. */
export function likeliest(
  logits: Float32Array,
  count: number,
): readonly { readonly index: number; readonly probability: number }[] {
  if (count === 0) return [];
  const best: number[] = [];
  for (let index = 0; index < logits.length; index++) {
    const value = logits[index]!;
    if (best.length === count && value <= logits[best.at(-1)!]!) continue;
    const place = best.findIndex((other) => logits[other]! < value);
    best.splice(place === -1 ? best.length : place, 0, index);
    if (best.length > count) best.pop();
  }
  const total = logSumExp(logits);
  return best.map((index) => ({ index, probability: Math.exp(logits[index]! - total) }));
}
