/** What one ought to know before using a classifier, and what it takes to read texts as it was taught to. Scores are of the test part. */
import { Type, type Static } from 'typebox';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { cardOfAnyTask } from './card-of-any-task.ts';

const Label = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

const Scores = Type.Object(
  {
    accuracy: Type.Number({ description: 'Share of the rows whose most probable label is the right one.' }),
    balanced_accuracy: Type.Number({ description: 'Mean over the labels of the share found of each.' }),
    macro_f1: Type.Number({ description: 'Mean over the labels of their F1.' }),
    log_loss: Type.Number({ description: 'Mean of −log of the probability given to the right label.' }),
  },
  { additionalProperties: false },
);
export type ClassificationScores = Static<typeof Scores>;

const TextFeature = Type.Object(
  {
    column: Type.String(),
    encoding: Type.Union([Type.Literal('characters'), Type.Literal('words')]),
    max_length: Type.Integer(),
    lowercase: Type.Boolean(),
    unicode_normalization: Type.Union([Type.Literal('NFC'), Type.Literal('NFKC'), Type.Literal('none')]),
    truncate: Type.Union([Type.Literal('end'), Type.Literal('start')]),
    vocabulary: Type.Array(Type.String(), {
      description:
        'The known characters or words; the first has the id 2, 1 is whatever is not known, 0 is nothing.',
    }),
  },
  { additionalProperties: false },
);

export const ClassificationCard = Type.Object(
  {
    task: Type.Literal('classification'),
    specification: Type.Unsafe<ClassificationSpecification>(TrainingSpecification),
    parts: Type.Object(
      { training_rows: Type.Integer(), validation_rows: Type.Integer(), test_rows: Type.Integer() },
      { additionalProperties: false },
    ),
    features: Type.Object(
      {
        inputs: Type.Array(TextFeature),
        labels: Type.Array(Label, { description: 'In the order of the probabilities of the ONNX file.' }),
      },
      {
        additionalProperties: false,
        description: 'What was fitted on the training part, as it is used in predictions.',
      },
    ),
    held_out: Type.Object(
      {
        model: Scores,
        baselines: Type.Object(
          {
            majority_class: Scores,
            bag_of_words: Type.Union([Scores, Type.Null()], {
              description:
                'A logistic regression on tf-idf of the words; null where it would take too long to fit.',
            }),
          },
          {
            additionalProperties: false,
            description:
              'majority_class: every row gets the label that is most frequent in training, with the shares of the labels there as probabilities.',
          },
        ),
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
          description:
            'Rows: the right label; columns: the most probable one; both in the order of `labels`.',
        }),
      },
      { additionalProperties: false },
    ),
    ...cardOfAnyTask,
  },
  { additionalProperties: false },
);
export type ClassificationCard = Static<typeof ClassificationCard>;
