/**
 * Of what was counted, the most frequent first; of equally frequent ones the lesser.
 *
 * @param o - minimum: what was seen less often is left out; most: so many are kept
 */
export const mostFrequent = <Counted extends string | number | boolean>(
  counts: ReadonlyMap<Counted, number>,
  o: { readonly minimum: number; readonly most: number },
): Counted[] =>
  [...counts]
    .filter(([, count]) => count >= o.minimum)
    .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .slice(0, o.most)
    .map(([counted]) => counted);
