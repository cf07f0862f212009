/** What one ought to know before using a classifier, and what it takes to read rows as it was taught to. Scores are of the test part. */
import { Type, type Static } from 'typebox';
import { cardOf } from './card-of-any-task.ts';
import { aboutFeatures, areaUnderCurve, fittedInputs, Label, rowParts } from './row-card.ts';

export const ClassificationScores = Type.Object(
  {
    accuracy: Type.Number({ description: 'Share of the rows whose most probable label is the right one.' }),
    balanced_accuracy: Type.Number({ description: 'Mean over the labels of the share found of each.' }),
    macro_f1: Type.Number({ description: 'Mean over the labels of their F1.' }),
    log_loss: Type.Number({ description: 'Mean of −log of the probability given to the right label.' }),
    auc: areaUnderCurve(
      'Mean over the labels of the area under the ROC curve of each against the rest; null where there is one label alone in the test rows.',
    ),
    calibration_error: Type.Optional(
      Type.Number({
        description:
          'Expected calibration error: how far probabilities are from the shares that are right, over the bins of `reliability`.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type ClassificationScores = Static<typeof ClassificationScores>;

/** Scores of each label, and where they go wrong. */
export const byLabel = {
  by_label: Type.Array(
    Type.Object(
      {
        label: Label,
        rows: Type.Integer(),
        precision: Type.Number(),
        recall: Type.Number(),
        f1: Type.Number(),
      },
      { additionalProperties: false },
    ),
  ),
  confusion: Type.Array(Type.Array(Type.Integer()), {
    description: 'Rows: the right label; columns: the most probable one; both in the order of `labels`.',
  }),
  reliability: Type.Optional(
    Type.Array(
      Type.Object(
        {
          lower: Type.Number(),
          upper: Type.Number(),
          rows: Type.Integer(),
          confidence: Type.Union([Type.Number(), Type.Null()], {
            description: 'Mean probability of the most probable label.',
          }),
          accuracy: Type.Union([Type.Number(), Type.Null()], { description: 'Share that is right.' }),
        },
        { additionalProperties: false },
      ),
      {
        description:
          'Ten bins of the probability of the most probable label: where both numbers agree, probabilities can be taken at their word.',
      },
    ),
  ),
};

export const ClassificationCard = cardOf('classification', {
  parts: rowParts,
  features: Type.Object(
    {
      inputs: fittedInputs,
      labels: Type.Array(Label, { description: 'In the order of the probabilities of the ONNX file.' }),
    },
    { additionalProperties: false, description: aboutFeatures },
  ),
  held_out: Type.Object(
    {
      model: ClassificationScores,
      baselines: Type.Object(
        {
          majority_class: ClassificationScores,
          bag_of_words: Type.Union([ClassificationScores, Type.Null()], {
            description:
              'A logistic regression on tf-idf of the words; null where there is no text, and where it would take too long to fit.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'majority_class: every row gets the label that is most frequent in training, with the shares of the labels there as probabilities.',
        },
      ),
      ...byLabel,
    },
    { additionalProperties: false },
  ),
});
export type ClassificationCard = Static<typeof ClassificationCard>;
