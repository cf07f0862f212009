/**
 * Conformalized quantile regression (Romano, Patterson & Candès 2019): quantiles are moved by so much that they keep on the validation
 * part what they promise. Two that lie as far from 0.5 on either side are moved apart (or together) by one amount, their equation 5;
 * one without a partner by its own; the median stays. One amount for each target column, over all windows and steps of the horizon.
 *
 * Their guarantee is for data in any order. Rows of a series come in one order, and validation has also chosen the epoch, so that here it
 * holds about, not exactly: the test part shows how well.
 */

/** By level, then by target column. */
export type Calibration = number[][];

/** What the levels of an interval may be off by, being decimals. */
const closeEnough = 1e-9;

/** The number that a share of others does not exceed, with one more that is yet to come. */
function conformalQuantile(scores: Float64Array, share: number): number {
  const sorted = scores.filter((score) => !Number.isNaN(score)).sort();
  const rank = Math.ceil((sorted.length + 1) * share - closeEnough);
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]!;
}

/**
 * @param o - quantiles [count,Q,O] and actual [count,O] (NaN where it is not known) in the same units, O the horizon × `targets`, horizon outermost
 * @returns what to add to each quantile
 */
export function conformalCalibration(o: {
  readonly levels: readonly number[];
  readonly quantiles: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
  readonly count: number;
  readonly targets: number;
}): Calibration {
  const { levels, quantiles, actual, count, targets } = o;
  const Q = levels.length;
  const O = actual.length / count;
  const steps = O / targets;
  const calibration = levels.map(() => new Array<number>(targets).fill(0));
  /** A score for each window and step of a target column, from the truth and its quantiles by level. */
  const scoresOf = (target: number, score: (truth: number, quantile: (level: number) => number) => number) =>
    Float64Array.from({ length: count * steps }, (_, index) => {
      const window = Math.floor(index / steps);
      const place = (index % steps) * targets + target;
      return score(actual[window * O + place]!, (level) => quantiles[(window * Q + level) * O + place]!);
    });

  levels.forEach((level, index) => {
    const partner = levels.findIndex((other) => Math.abs(other + level - 1) < closeEnough);
    if (partner === index || (partner >= 0 && partner < index)) return;
    for (let target = 0; target < targets; target++) {
      if (partner === -1) {
        const residuals = scoresOf(target, (truth, quantile) => truth - quantile(index));
        calibration[index]![target] = conformalQuantile(residuals, level);
      } else {
        const outside = scoresOf(target, (truth, quantile) =>
          Math.max(quantile(index) - truth, truth - quantile(partner)),
        );
        const amount = conformalQuantile(outside, levels[partner]! - level);
        calibration[index]![target] = -amount;
        calibration[partner]![target] = amount;
      }
    }
  });
  return calibration;
}
