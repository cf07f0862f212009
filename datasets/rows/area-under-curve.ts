/**
 * Area under the ROC curve: the probability that a row which has a label gets a higher score than one which has not; ties count half (Mann & Whitney 1947).
 * @returns null where all rows have it, or none
 */
export function areaUnderCurve(scores: ArrayLike<number>, has: (row: number) => boolean): number | null {
  const order = Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => scores[a]! - scores[b]!,
  );
  let positives = 0;
  let ranks = 0;
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && scores[order[end]!] === scores[order[first]!]) end++;
    for (let place = first; place < end; place++) {
      if (!has(order[place]!)) continue;
      positives += 1;
      ranks += (first + 1 + end) / 2;
    }
    first = end;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** The mean of those that are; null where none is. */
export function meanOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
