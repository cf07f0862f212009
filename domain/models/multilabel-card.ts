/** What one ought to know before using a model that tells which of several labels a row has. Scores are of the test part. */
import { Type, type Static } from 'typebox';
import { cardOf } from './card-of-any-task.ts';
import { aboutFeatures, areaUnderCurve, fittedInputs, rowParts } from './row-card.ts';

/** docs/metrics.md has the definitions. */
const Scores = Type.Object(
  {
    micro_f1: Type.Number({ description: 'F1 of all labels of all rows together.' }),
    macro_f1: Type.Number({ description: 'Mean over the labels of their F1.' }),
    subset_accuracy: Type.Number({ description: 'Share of the rows all of whose labels are right.' }),
    log_loss: Type.Number({
      description: 'Mean over rows and labels of −log of the probability given to what is right.',
    }),
    auc: areaUnderCurve(
      'Mean over the labels of the area under the ROC curve; null where no label is both there and not there in the test rows.',
    ),
  },
  { additionalProperties: false },
);
export type MultilabelScores = Static<typeof Scores>;

export const MultilabelCard = cardOf('multilabel', {
  parts: rowParts,
  features: Type.Object(
    {
      inputs: fittedInputs,
      labels: Type.Array(Type.String(), {
        description: 'In the order of the probabilities of the ONNX file.',
      }),
    },
    { additionalProperties: false, description: aboutFeatures },
  ),
  held_out: Type.Object(
    {
      model: Scores,
      baselines: Type.Object(
        { label_shares: Scores },
        {
          additionalProperties: false,
          description: 'label_shares: every row gets the share of each label in training as its probability.',
        },
      ),
      by_label: Type.Array(
        Type.Object(
          {
            label: Type.String(),
            rows: Type.Integer({ description: 'Test rows that have it.' }),
            precision: Type.Number(),
            recall: Type.Number(),
            f1: Type.Number(),
            auc: areaUnderCurve('null where all test rows have it, or none.'),
          },
          { additionalProperties: false },
        ),
      ),
    },
    { additionalProperties: false },
  ),
});
export type MultilabelCard = Static<typeof MultilabelCard>;
