/** What one ought to know before using a model that writes curves. Scores are of the test part, in the targets' own units, over all steps. */
import { Type, type Static } from 'typebox';
import { cardOf } from './card-of-any-task.ts';
import { RegressionScores } from './regression-card.ts';
import { aboutFeatures, fittedInputs, rowParts } from './row-card.ts';

export const CurveCard = cardOf('curve', {
  parts: rowParts,
  features: Type.Object(
    {
      inputs: fittedInputs,
      targets: Type.Array(
        Type.Object(
          {
            column: Type.String(),
            length: Type.Integer({ description: 'Numbers of a curve.' }),
            mean: Type.Number(),
            std: Type.Number(),
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
        { mean_curve: RegressionScores },
        {
          additionalProperties: false,
          description: 'mean_curve: every row gets, at each step, the mean of the training rows there.',
        },
      ),
      by_target: Type.Record(
        Type.String(),
        Type.Object(
          { model: RegressionScores, mean_curve: RegressionScores },
          { additionalProperties: false },
        ),
      ),
    },
    { additionalProperties: false },
  ),
});
export type CurveCard = Static<typeof CurveCard>;
