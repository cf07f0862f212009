/** What one ought to know before using a model that tells labels of series, or of each of their rows. Scores are of the test part. */
import { Type, type Static } from 'typebox';
import { cardOf } from './card-of-any-task.ts';
import { byLabel, ClassificationScores } from './classification-card.ts';
import { aboutFeatures, fittedInputs, Label } from './row-card.ts';

const own = {
  parts: Type.Object(
    {
      training_series: Type.Integer(),
      validation_series: Type.Integer(),
      test_series: Type.Integer(),
      training_examples: Type.Integer({ description: 'Whole series, or windows of them.' }),
      validation_examples: Type.Integer(),
      test_examples: Type.Integer(),
    },
    { additionalProperties: false },
  ),
  features: Type.Object(
    {
      inputs: fittedInputs,
      labels: Type.Array(Label, { description: 'In the order of the probabilities of the ONNX file.' }),
      order: Type.Union(
        [
          Type.Object(
            {
              column: Type.String(),
              values: Type.Union([Type.Literal('date'), Type.Literal('timestamp'), Type.Literal('number')]),
            },
            { additionalProperties: false },
          ),
          Type.Null(),
        ],
        { description: 'By what rows of a series are ordered; null: they come in their order.' },
      ),
    },
    { additionalProperties: false, description: aboutFeatures },
  ),
  held_out: Type.Object(
    {
      model: ClassificationScores,
      baselines: Type.Object(
        {
          majority_class: ClassificationScores,
          most_frequent: Type.Union([ClassificationScores, Type.Null()], {
            description:
              'Of tagging with categories: every row gets the label that is most frequent in training beside the same value of the first column of categories; null otherwise.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'majority_class: every series, or row, gets the label that is most frequent in training, with the shares of the labels there as probabilities.',
        },
      ),
      ...byLabel,
      whole_examples: Type.Optional(
        Type.Number({
          description: 'Of tagging: share of the examples of whose rows every label is right.',
        }),
      ),
    },
    {
      additionalProperties: false,
      description:
        'Of tagging every row that has a label counts as one; `rows` of labels are series otherwise.',
    },
  ),
};

export const SeriesClassificationCard = cardOf('series_classification', own);
export type SeriesClassificationCard = Static<typeof SeriesClassificationCard>;
export const TaggingCard = cardOf('tagging', own);
export type TaggingCard = Static<typeof TaggingCard>;
export type LabelledSeriesCard = SeriesClassificationCard | TaggingCard;
