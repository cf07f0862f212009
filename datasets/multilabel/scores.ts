/** Scores of several labels a row, beside the shares of the labels. Definitions: docs/metrics.md; checked against scikit-learn. */
import type { MultilabelCard, MultilabelScores } from '../../domain/models/multilabel-card.ts';
import { areaUnderCurve, meanOfKnown } from '../rows/area-under-curve.ts';

/** Probabilities nearer to 0 or 1 than this count as this near: one confident mistake does not make the log loss infinite. */
const smallest = 2 ** -52;

const f1 = (hits: number, wanted: number, chosen: number): number =>
  wanted + chosen === 0 ? 0 : (2 * hits) / (wanted + chosen);

/** @param probabilities - [rows, L]; @param has - [rows, L], 1 for the labels that a row has */
function scored(probabilities: Float64Array, has: Float32Array, L: number) {
  const rows = has.length / L;
  const ofLabel = Array.from({ length: L }, (_, label) => {
    let [wanted, chosen, hits] = [0, 0, 0];
    for (let at = label; at < has.length; at += L) {
      const isChosen = probabilities[at]! >= 0.5;
      wanted += has[at]!;
      if (isChosen) chosen += 1;
      if (isChosen && has[at] === 1) hits += 1;
    }
    const own = Float64Array.from({ length: rows }, (_row, row) => probabilities[row * L + label]!);
    return {
      wanted,
      chosen,
      hits,
      auc: areaUnderCurve(own, (row) => has[row * L + label] === 1),
    };
  });
  let loss = 0;
  let whole = 0;
  for (let row = 0; row < rows; row++) {
    let isRight = true;
    for (let at = row * L; at < (row + 1) * L; at++) {
      const right = has[at] === 1 ? probabilities[at]! : 1 - probabilities[at]!;
      loss -= Math.log(Math.min(1 - smallest, Math.max(smallest, right)));
      if (probabilities[at]! >= 0.5 !== (has[at] === 1)) isRight = false;
    }
    if (isRight) whole += 1;
  }
  const sum = (of: (label: (typeof ofLabel)[number]) => number) =>
    ofLabel.reduce((total, label) => total + of(label), 0);
  const scores: MultilabelScores = {
    micro_f1: f1(
      sum(({ hits }) => hits),
      sum(({ wanted }) => wanted),
      sum(({ chosen }) => chosen),
    ),
    macro_f1: sum(({ hits, wanted, chosen }) => f1(hits, wanted, chosen)) / L,
    subset_accuracy: whole / rows,
    log_loss: loss / has.length,
    auc: meanOfKnown(ofLabel.map(({ auc }) => auc)),
  };
  return { scores, ofLabel };
}

/**
 * @param o - logits [rows, L]; has [rows, L]; trainingShares [L]: how many of the training rows have each label
 */
export function scoreMultilabel(o: {
  logits: Float32Array;
  labels: readonly string[];
  has: Float32Array;
  trainingShares: readonly number[];
}): MultilabelCard['held_out'] {
  const L = o.labels.length;
  if (o.logits.length !== o.has.length)
    throw new Error(`internal: expected ${o.has.length} logits, got ${o.logits.length}`);
  const model = scored(
    Float64Array.from(o.logits, (logit) => 1 / (1 + Math.exp(-logit))),
    o.has,
    L,
  );
  const shares = Float64Array.from(o.has, (_, at) => o.trainingShares[at % L]!);
  return {
    model: model.scores,
    baselines: { label_shares: scored(shares, o.has, L).scores },
    by_label: model.ofLabel.map(({ wanted, chosen, hits, auc }, index) => ({
      label: o.labels[index]!,
      rows: wanted,
      precision: chosen === 0 ? 0 : hits / chosen,
      recall: wanted === 0 ? 0 : hits / wanted,
      f1: f1(hits, wanted, chosen),
      auc,
    })),
  };
}
