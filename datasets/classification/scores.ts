/**
 * Scores of labels beside baselines, on the same rows. Definitions: docs/metrics.md; checked against scikit-learn.
 */
import type { ClassificationCard, ClassificationScores } from '../../domain/models/classification-card.ts';
import { areaUnderCurve, meanOfKnown } from '../rows/area-under-curve.ts';
import type { Label } from './contract.ts';
import { calibrationError, reliability, type ReliabilityBin } from './reliability.ts';

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

interface Scored {
  readonly confusion: number[][];
  readonly ofLabel: readonly OfLabel[];
  readonly bins: ReliabilityBin[];
  readonly scores: ClassificationScores;
}

/** @param log - log-probabilities [rows, C] of what is scored */
function scoresAndConfusion(log: ArrayLike<number>, right: Uint32Array, C: number): Scored {
  const mostProbable = (row: number): number => {
    let best = 0;
    for (let c = 1; c < C; c++) if (log[row * C + c]! > log[row * C + best]!) best = c;
    return best;
  };
  const confusion = confusionOf(right, mostProbable, C);
  const ofLabel = perLabel(confusion);
  const hits = confusion.reduce((sum, row, label) => sum + row[label]!, 0);
  const loss = right.reduce(
    (sum, label, row) => sum - Math.max(Math.log(smallest), log[row * C + label]!),
    0,
  );
  const bins = reliability(
    Array.from(right, (label, row) => {
      const chosen = mostProbable(row);
      return { confidence: Math.exp(log[row * C + chosen]!), right: chosen === label };
    }),
  );
  const areas = ofLabel.map((_, label) =>
    areaUnderCurve(
      Float64Array.from(right, (_right, row) => Math.exp(log[row * C + label]!)),
      (row) => right[row] === label,
    ),
  );
  const present = ofLabel.filter((label) => label.rows > 0);
  return {
    confusion,
    ofLabel,
    bins,
    scores: {
      accuracy: hits / right.length,
      balanced_accuracy: mean(present.map(({ recall }) => recall)),
      macro_f1: mean(ofLabel.filter(({ occurs }) => occurs).map(({ f1 }) => f1)),
      log_loss: loss / right.length,
      auc: meanOfKnown(areas),
      calibration_error: calibrationError(bins),
    },
  };
}

/**
 * @param o - logits [rows, C]; right: the number of each row's label; trainingCounts [C]; bagOfWords: log-probabilities [rows, C] of that
 *   baseline, where there is one
 */
export function scoreLabels(o: {
  logits: Float32Array;
  labels: readonly Label[];
  right: Uint32Array;
  trainingCounts: readonly number[];
  bagOfWords: Float64Array | null;
}): HeldOut {
  const { logits, labels, right, trainingCounts } = o;
  const C = labels.length;
  if (logits.length !== right.length * C)
    throw new Error(`internal: expected ${right.length * C} logits, got ${logits.length}`);
  const model = scoresAndConfusion(logProbabilities(logits, C), right, C);
  const training = trainingCounts.reduce((sum, count) => sum + count, 0);
  const shares = trainingCounts.map((count) => Math.log(count / training));
  const majority = Float64Array.from({ length: right.length * C }, (_, index) => shares[index % C]!);
  return {
    model: model.scores,
    baselines: {
      majority_class: scoresAndConfusion(majority, right, C).scores,
      bag_of_words: o.bagOfWords && scoresAndConfusion(o.bagOfWords, right, C).scores,
    },
    by_label: model.ofLabel.map(({ rows, precision, recall, f1 }, index) => ({
      label: labels[index]!,
      rows,
      precision,
      recall,
      f1,
    })),
    confusion: model.confusion,
    reliability: model.bins,
  };
}
