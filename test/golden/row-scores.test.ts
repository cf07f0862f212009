/** Scores of labels, of several labels and of numbers of rows against scikit-learn (README.md says how the values were made). */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { scoreLabels } from '../../datasets/classification/scores.ts';
import { scoreMultilabel } from '../../datasets/multilabel/scores.ts';
import { scoreRegression } from '../../datasets/regression/scores.ts';
import type { MultilabelScores } from '../../domain/models/multilabel-card.ts';
import type { RegressionScores } from '../../domain/models/regression-card.ts';

const golden = JSON.parse(readFileSync(new URL('row-scores.json', import.meta.url), 'utf8')) as {
  readonly classification: readonly {
    readonly right: readonly number[];
    readonly logits: readonly number[];
    readonly auc: number;
    readonly calibration_error: number;
  }[];
  readonly multilabel: {
    readonly has: readonly number[];
    readonly logits: readonly number[];
    readonly model: MultilabelScores;
    readonly by_label: readonly Record<string, number>[];
  };
  readonly regression: {
    readonly y: readonly (readonly number[])[];
    readonly predicted: readonly number[];
    readonly training_means: readonly number[];
    readonly by_target: readonly RegressionScores[];
    readonly together: RegressionScores;
    readonly mean_r2: number;
  };
};

/** Every number of `expected` to 9 digits. */
const near = (expected: object): unknown =>
  Object.fromEntries(
    Object.entries(expected).map(([name, value]) => [name, expect.closeTo(value as number, 9) as unknown]),
  );

it.each(golden.classification)('areas under curves and calibration of labels', (one) => {
  const C = one.logits.length / one.right.length;
  const found = scoreLabels({
    logits: Float32Array.from(one.logits),
    labels: Array.from({ length: C }, (_, label) => label),
    right: Uint32Array.from(one.right),
    trainingCounts: new Array<number>(C).fill(1),
    bagOfWords: null,
  });
  expect(found.model).toMatchObject(
    near({ auc: one.auc, calibration_error: one.calibration_error }) as object,
  );
  // what says the same of every row ranks none before another
  expect(found.baselines.majority_class.auc).toBe(0.5);
  expect(found.reliability!.reduce((sum, { rows }) => sum + rows, 0)).toBe(one.right.length);
});

it('several labels', () => {
  const { has, logits, model, by_label: byLabel } = golden.multilabel;
  const found = scoreMultilabel({
    logits: Float32Array.from(logits),
    labels: ['a', 'b', 'c', 'd'],
    has: Float32Array.from(has),
    trainingShares: [0.5, 0.2, 0.8, 0.1],
  });
  expect(found.model).toEqual(near(model));
  expect(found.by_label).toEqual(
    byLabel.map((own, label) => ({ label: 'abcd'[label], ...(near(own) as object) })),
  );
});

it('numbers', () => {
  const { y, predicted, training_means: means, by_target: byTarget, together, mean_r2 } = golden.regression;
  const found = scoreRegression({
    predictions: Float64Array.from(predicted),
    targets: y.map((test, k) => ({
      column: `y${k}`,
      test: Float64Array.from(test),
      trainingMean: means[k]!,
    })),
  });
  // the rmse of several targets is the root of the mean of all squares
  expect(found.model).toEqual(near(together));
  expect(byTarget.map((_, k) => found.by_target[`y${k}`]!.model)).toEqual(byTarget.map(near));
  expect(found.baselines.mean.r2).toBeCloseTo(mean_r2, 9);
});
