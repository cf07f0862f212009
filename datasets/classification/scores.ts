/**
 * Scores of labels beside the majority class, on the same rows. Definitions: docs/metrics.md; checked against scikit-learn.
 */
import type { ClassificationCard, ClassificationScores } from '../../domain/models/classification-card.ts';
import type { Label } from './contract.ts';

type HeldOut = ClassificationCard['held_out'];

/** Probabilities below this count as this much, so that one confident mistake does not make the log loss infinite. */
const smallest = 2 ** -52;

/** log-probabilities of each row's labels. @param logits - [rows, C] */
function logProbabilities(logits: Float32Array, C: number): Float64Array {
  const result = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += C) {
    let highest = -Infinity;
    for (let c = 0; c < C; c++) highest = Math.max(highest, logits[start + c]!);
    let sum = 0;
    for (let c = 0; c < C; c++) sum += Math.exp(logits[start + c]! - highest);
    for (let c = 0; c < C; c++) result[start + c] = logits[start + c]! - highest - Math.log(sum);
  }
  return result;
}

/** [right label][most probable label]: rows. */
function confusionOf(right: Uint32Array, chosen: (row: number) => number, C: number): number[][] {
  const confusion = Array.from({ length: C }, () => new Array<number>(C).fill(0));
  right.forEach((label, row) => {
    confusion[label]![chosen(row)]! += 1;
  });
  return confusion;
}

interface OfLabel {
  readonly rows: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Whether it is the right label of some row, or was chosen for one. */
  readonly occurs: boolean;
}

function perLabel(confusion: readonly (readonly number[])[]): readonly OfLabel[] {
  return confusion.map((row, label) => {
    const hits = row[label]!;
    const rows = row.reduce((sum, count) => sum + count, 0);
    const chosen = confusion.reduce((sum, other) => sum + other[label]!, 0);
    return {
      rows,
      precision: chosen === 0 ? 0 : hits / chosen,
      recall: rows === 0 ? 0 : hits / rows,
      f1: rows + chosen === 0 ? 0 : (2 * hits) / (rows + chosen),
      occurs: rows + chosen > 0,
    };
  });
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

function scoresOf(
  labels: readonly OfLabel[],
  hits: number,
  rows: number,
  logLoss: number,
): ClassificationScores {
  const present = labels.filter((label) => label.rows > 0);
  return {
    accuracy: hits / rows,
    balanced_accuracy: mean(present.map(({ recall }) => recall)),
    macro_f1: mean(labels.filter(({ occurs }) => occurs).map(({ f1 }) => f1)),
    log_loss: logLoss,
  };
}

/** @param o - logits [rows, C]; right: the number of each row's label; trainingCounts [C] */
export function scoreLabels(o: {
  logits: Float32Array;
  labels: readonly Label[];
  right: Uint32Array;
  trainingCounts: readonly number[];
}): HeldOut {
  const { logits, labels, right, trainingCounts } = o;
  const C = labels.length;
  const rows = right.length;
  if (logits.length !== rows * C)
    throw new Error(`internal: expected ${rows * C} logits, got ${logits.length}`);
  const log = logProbabilities(logits, C);
  const mostProbable = (row: number): number => {
    let best = 0;
    for (let c = 1; c < C; c++) if (log[row * C + c]! > log[row * C + best]!) best = c;
    return best;
  };
  const hitsIn = (confusion: readonly (readonly number[])[]): number =>
    confusion.reduce((sum, row, label) => sum + row[label]!, 0);
  const lossOf = (logProbability: (row: number, label: number) => number): number =>
    right.reduce((sum, label, row) => sum - Math.max(Math.log(smallest), logProbability(row, label)), 0) /
    rows;

  const confusion = confusionOf(right, mostProbable, C);
  const ofLabel = perLabel(confusion);
  const majority = trainingCounts.indexOf(Math.max(...trainingCounts));
  const training = trainingCounts.reduce((sum, count) => sum + count, 0);
  const majorityConfusion = confusionOf(right, () => majority, C);
  return {
    model: scoresOf(
      ofLabel,
      hitsIn(confusion),
      rows,
      lossOf((row, label) => log[row * C + label]!),
    ),
    baseline: scoresOf(
      perLabel(majorityConfusion),
      hitsIn(majorityConfusion),
      rows,
      lossOf((_row, label) => Math.log(trainingCounts[label]! / training)),
    ),
    baseline_name: 'majority_class',
    by_label: ofLabel.map(({ rows: own, precision, recall, f1 }, index) => ({
      label: labels[index]!,
      rows: own,
      precision,
      recall,
      f1,
    })),
    confusion,
  };
}
