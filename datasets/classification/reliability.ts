/** Whether probabilities can be taken at their word (Guo et al. 2017): bins of the probability of the most probable label, all of one width. */
export interface ReliabilityBin {
  readonly lower: number;
  readonly upper: number;
  readonly rows: number;
  /** Mean probability; null where there is no row. */
  readonly confidence: number | null;
  /** Share that is right. */
  readonly accuracy: number | null;
}

const bins = 10;

/** @param rows - of each its highest probability, and whether that label is the right one */
export function reliability(
  rows: readonly { readonly confidence: number; readonly right: boolean }[],
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ rows: 0, confidence: 0, right: 0 }));
  for (const { confidence, right } of rows) {
    // a bin holds its upper end: 1 is in the last one
    const sum = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!;
    sum.rows += 1;
    sum.confidence += confidence;
    if (right) sum.right += 1;
  }
  return sums.map((sum, index) => ({
    lower: index / bins,
    upper: (index + 1) / bins,
    rows: sum.rows,
    confidence: sum.rows === 0 ? null : sum.confidence / sum.rows,
    accuracy: sum.rows === 0 ? null : sum.right / sum.rows,
  }));
}

/** Σ rows / all · |accuracy − confidence|. */
export function calibrationError(found: readonly ReliabilityBin[]): number {
  const all = found.reduce((sum, { rows }) => sum + rows, 0);
  return found.reduce(
    (sum, { rows, confidence, accuracy }) =>
      rows === 0 ? sum : sum + (rows / all) * Math.abs(accuracy! - confidence!),
    0,
  );
}
