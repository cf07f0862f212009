/** The labels of a column, in the one order that outputs have. */
import type { ValueCount } from '../rows/contract.ts';
import type { Label } from './contract.ts';

/** Numbers by size, false before true, texts by their characters. */
export function orderedLabels(counts: readonly ValueCount[]): readonly Label[] {
  return counts
    .map(({ value }) => value)
    .filter((label) => label !== null)
    .toSorted((a, b) => (a === b ? 0 : a < b ? -1 : 1));
}

/**
 * The weight of each label. `balanced` is examples / (labels × examples of the label), as scikit-learn has it.
 * @param counts - training rows of each label; a label without any weighs nothing when it is balanced
 */
export function classWeights(
  asked: 'balanced' | Readonly<Record<string, number>> | undefined,
  labels: readonly Label[],
  counts: readonly number[],
): readonly number[] | null {
  if (asked === undefined) return null;
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (asked === 'balanced') return counts.map((count) => (count === 0 ? 0 : all / (labels.length * count)));
  return labels.map((label) => asked[String(label)] ?? 1);
}
