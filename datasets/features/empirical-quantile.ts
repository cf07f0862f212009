/** The quantile of sorted numbers, with straight lines between them (numpy's default; type 7 of Hyndman & Fan 1996). */
export function empiricalQuantile(sorted: Float64Array, level: number): number {
  const position = (sorted.length - 1) * level;
  const below = Math.floor(position);
  const share = position - below;
  const value = sorted[below]!;
  return share === 0 ? value : value + share * (sorted[below + 1]! - value);
}
