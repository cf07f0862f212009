/** Scores of numbers of rows, beside the mean. Definitions: docs/metrics.md; checked against scikit-learn. */
import type { RegressionCard, RegressionScores } from '../../domain/models/regression-card.ts';
import { meanOfKnown } from '../rows/area-under-curve.ts';

/** @param y - of the test rows; @param predicted - as many */
export function regressionScores(y: Float64Array, predicted: (row: number) => number): RegressionScores {
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  let [absolute, squared, total] = [0, 0, 0];
  y.forEach((value, row) => {
    const error = value - predicted(row);
    absolute += Math.abs(error);
    squared += error * error;
    total += (value - mean) ** 2;
  });
  return {
    mae: absolute / y.length,
    rmse: Math.sqrt(squared / y.length),
    r2: total === 0 ? null : 1 - squared / total,
  };
}

/** Several targets: the mean of each score; of rmse the root of the mean of its squares. */
export function together(scores: readonly RegressionScores[]): RegressionScores {
  const mean = (of: (score: RegressionScores) => number) =>
    scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
  return {
    mae: mean(({ mae }) => mae),
    rmse: Math.sqrt(mean(({ rmse }) => rmse * rmse)),
    r2: meanOfKnown(scores.map(({ r2 }) => r2)),
  };
}

/**
 * @param o - predictions [rows, K] in the targets' own units; targets: of each its name, its test rows [rows], and its mean over the training rows
 */
export function scoreRegression(o: {
  predictions: Float64Array;
  targets: readonly { readonly column: string; readonly test: Float64Array; readonly trainingMean: number }[];
}): RegressionCard['held_out'] {
  const K = o.targets.length;
  const found = o.targets.map(({ column, test, trainingMean }, k) => ({
    column,
    model: regressionScores(test, (row) => o.predictions[row * K + k]!),
    mean: regressionScores(test, () => trainingMean),
  }));
  return {
    model: together(found.map(({ model }) => model)),
    baselines: { mean: together(found.map(({ mean }) => mean)) },
    by_target: Object.fromEntries(found.map(({ column, model, mean }) => [column, { model, mean }])),
  };
}
