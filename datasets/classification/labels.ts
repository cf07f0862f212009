/** The labels of a column, in the one order that outputs have. */
import type { ClassificationOutput } from '../../engine/spec/classification.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import type { ValueCount } from '../rows/contract.ts';
import type { Cell } from '../tables/cells.ts';
import { UnknownLabelError } from '../tasks/unknown-label-error.ts';
import type { Label } from './contract.ts';

/** Numbers by size, false before true, texts by their characters. */
export function orderedLabels(counts: readonly ValueCount[]): readonly Label[] {
  return counts
    .map(({ value }) => value)
    .filter((label) => label !== null)
    .toSorted((a, b) => (a === b ? 0 : a < b ? -1 : 1));
}

/** The number of a row without a label. */
export const noLabel = -1;

/**
 * Labels in the order of the outputs, and the number of each row's: [rows].
 * @param own - the label of each row; @param fitted - the labels that there are; those of the rows if absent
 * @throws UnknownLabelError when a row has another
 */
export function numberLabels(
  own: readonly Cell[],
  fitted?: readonly Label[],
): { readonly labels: readonly Label[]; readonly numbers: Int32Array } {
  const present = orderedLabels([...new Set(own)].map((value) => ({ value, rows: 0 })));
  const labels = fitted ?? present;
  const numbers = new Map<Cell, number>(labels.map((label, index) => [label, index]));
  const strange = present.find((label) => !numbers.has(label));
  if (strange !== undefined) throw new UnknownLabelError(labels, strange);
  return { labels, numbers: Int32Array.from(own, (label) => numbers.get(label) ?? noLabel) };
}

interface Weighing {
  /** How much each label counts; null: all the same. */
  readonly weights: readonly number[] | null;
  /** Whether epochs have as many examples of one label as of another: those of training are not weighted then. */
  readonly isSampled: boolean;
}

/** @param counts - training examples of each label */
export function weighLabels(
  { output, training }: Pick<TrainingSpecification, 'training'> & { readonly output: ClassificationOutput },
  labels: readonly Label[],
  counts: readonly number[],
): Weighing {
  const isSampled = training.sampling === 'balanced';
  // what is learnt from as many of each label is judged by each label alike
  return { isSampled, weights: classWeights(isSampled ? 'balanced' : output.class_weights, labels, counts) };
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
