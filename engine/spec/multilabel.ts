/** Output of several labels at once: each is there or not. */
import { Type, type Static } from 'typebox';

export const MultilabelOutput = Type.Object(
  {
    type: Type.Literal('multilabel'),
    separator: Type.String({
      minLength: 1,
      maxLength: 16,
      default: ',',
      description:
        'Of one target column of text that holds labels: what stands between two of them. Spaces around a label are left out; a row without text has none.',
    }),
    positive_weights: Type.Optional(
      Type.Union(
        [
          Type.Literal('balanced'),
          Type.Record(Type.String(), Type.Number({ minimum: 1e-6, maximum: 1e6 }), {
            description: 'The weight of each label.',
          }),
        ],
        {
          description:
            'How much a row that has a label counts for it beside one that has not: `balanced`, as many times as there are rows without (rows without / rows with); or the weight of each label. As much if absent.',
        },
      ),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Any of several labels, each with its own probability; the loss is binary cross entropy, the mean over the labels. Targets are columns of true and false (or 1 and 0), one for each label, or one column of text with the labels of a row.',
  },
);
export type MultilabelOutput = Static<typeof MultilabelOutput>;
