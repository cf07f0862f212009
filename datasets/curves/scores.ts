/** Scores of curves, beside the mean curve of the training rows. Definitions: docs/metrics.md. */
import type { CurveCard } from '../../domain/models/curve-card.ts';
import { regressionScores, together } from '../regression/scores.ts';

/** Step by step. */
export function meanCurve(curves: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(curves[0]?.length ?? 0);
  for (const curve of curves) curve.forEach((value, step) => (mean[step]! += value / curves.length));
  return mean;
}

/** @param o - predictions [rows, length, targets], scaled; targets: of each its curves of the test rows and the mean curve of training */
export function scoreCurves(o: {
  readonly length: number;
  readonly predictions: Float32Array;
  readonly targets: readonly {
    readonly column: string;
    readonly mean: number;
    readonly std: number;
    readonly test: readonly Float64Array[];
    readonly trainingMean: Float64Array;
  }[];
}): CurveCard['held_out'] {
  const { length, predictions, targets } = o;
  const found = targets.map(({ column, mean, std, test, trainingMean }, k) => {
    const all = Float64Array.from({ length: test.length * length }, (_, at) => {
      return test[Math.floor(at / length)]![at % length]!;
    });
    return {
      column,
      model: regressionScores(all, (at) => predictions[at * targets.length + k]! * std + mean),
      mean_curve: regressionScores(all, (at) => trainingMean[at % length]!),
    };
  });
  return {
    model: together(found.map(({ model }) => model)),
    baselines: { mean_curve: together(found.map((one) => one.mean_curve)) },
    by_target: Object.fromEntries(found.map(({ column, ...scores }) => [column, scores])),
  };
}
