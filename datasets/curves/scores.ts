/** Scores of curves, beside the mean curve of the training rows. Definitions: docs/metrics.md. */
import type { CurveCard } from '../../domain/models/curve-card.ts';
import { regressionScores, together } from '../regression/scores.ts';

/** Step by step. @param count - how many there are */
async function meanCurve(
  curves: AsyncIterable<Float64Array>,
  length: number,
  count: number,
): Promise<Float64Array> {
  const mean = new Float64Array(length);
  for await (const curve of curves) curve.forEach((value, step) => (mean[step]! += value / count));
  return mean;
}

/** @param o - predictions [test rows, length, targets], scaled; curves: of a target, in the rows of a part; those of the test rows are held while a target is scored, as predictions are */
export async function scoreCurves(o: {
  readonly length: number;
  readonly predictions: Float32Array;
  readonly targets: readonly { readonly column: string; readonly mean: number; readonly std: number }[];
  readonly testRows: number;
  readonly trainingRows: number;
  readonly curves: (column: string, part: 'training' | 'test') => AsyncIterable<Float64Array>;
}): Promise<CurveCard['held_out']> {
  const { length, predictions, targets } = o;
  const found = [];
  for (const [k, { column, mean, std }] of targets.entries()) {
    const trainingMean = await meanCurve(o.curves(column, 'training'), length, o.trainingRows);
    const all = new Float64Array(o.testRows * length);
    let at = 0;
    for await (const curve of o.curves(column, 'test')) {
      all.set(curve, at);
      at += length;
    }
    found.push({
      column,
      model: regressionScores(all, (place) => predictions[place * targets.length + k]! * std + mean),
      mean_curve: regressionScores(all, (place) => trainingMean[place % length]!),
    });
  }
  return {
    model: together(found.map(({ model }) => model)),
    baselines: { mean_curve: together(found.map((one) => one.mean_curve)) },
    by_target: Object.fromEntries(found.map(({ column, ...scores }) => [column, scores])),
  };
}
