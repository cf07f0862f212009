/** Output of a classification: one of the labels that a column holds. */
import { Type, type Static } from 'typebox';

export const ClassificationOutput = Type.Object(
  {
    type: Type.Literal('classification'),
    class_weights: Type.Optional(
      Type.Union(
        [
          Type.Literal('balanced'),
          Type.Record(Type.String(), Type.Number({ minimum: 1e-6, maximum: 1e6 }), {
            description: 'The weight of each label.',
          }),
        ],
        {
          description:
            '`balanced`: each label counts as much as any other in training, however rare it is (examples / (labels × examples of the label)); or the weight of each label. All examples count the same if absent.',
        },
      ),
    ),
    label_smoothing: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description:
        'Share of the probability that is wanted for all labels alike instead of the right one (Szegedy et al. 2016).',
    }),
  },
  {
    additionalProperties: false,
    description:
      'One of the labels of the target column, with its probability; the loss is cross entropy. Of rows, or with `data.group_by` of series or of each of their rows; a row of a series that has no label is neither learnt from nor scored.',
  },
);
export type ClassificationOutput = Static<typeof ClassificationOutput>;
