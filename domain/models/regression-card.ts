/** What one ought to know before using a model that tells numbers of a row. Scores are of the test part, in the targets' own units. */
import { Type, type Static } from 'typebox';
import { cardOf } from './card-of-any-task.ts';
import { aboutFeatures, fittedInputs, rowParts } from './row-card.ts';

/** docs/metrics.md has the definitions. */
export const RegressionScores = Type.Object(
  {
    mae: Type.Number({ description: 'Mean absolute error.' }),
    rmse: Type.Number({ description: 'Root of the mean squared error.' }),
    r2: Type.Union([Type.Number(), Type.Null()], {
      description:
        'Share of the variance that is told: 1 − squared error / variance of the test rows; null where they are all the same.',
    }),
  },
  { additionalProperties: false },
);
export type RegressionScores = Static<typeof RegressionScores>;

export const RegressionCard = cardOf('regression', {
  parts: rowParts,
  features: Type.Object(
    {
      inputs: fittedInputs,
      targets: Type.Array(
        Type.Object(
          {
            column: Type.String(),
            mean: Type.Number(),
            std: Type.Number(),
            log: Type.Optional(Type.Literal(true)),
          },
          { additionalProperties: false },
        ),
      ),
    },
    { additionalProperties: false, description: aboutFeatures },
  ),
  held_out: Type.Object(
    {
      model: RegressionScores,
      baselines: Type.Object(
        { mean: RegressionScores },
        { additionalProperties: false, description: 'mean: every row gets the mean of the training rows.' },
      ),
      by_target: Type.Record(
        Type.String(),
        Type.Object({ model: RegressionScores, mean: RegressionScores }, { additionalProperties: false }),
      ),
    },
    { additionalProperties: false },
  ),
});
export type RegressionCard = Static<typeof RegressionCard>;
