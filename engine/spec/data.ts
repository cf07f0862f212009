/** The `data` part of a specification: which columns go in, which come out, and how a table becomes windows. */
import { Type, type Static } from 'typebox';
import { Input } from './inputs.ts';

const ColumnReference = Type.Object(
  {
    column: Type.String({
      minLength: 1,
      description:
        'Name of a column of the dataset: of numbers for regression, of labels for classification.',
    }),
  },
  { additionalProperties: false },
);

export const Window = Type.Object(
  {
    length: Type.Integer({ minimum: 1, maximum: 100_000, description: 'Input steps (rows) of one window.' }),
    horizon: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 1,
      description: 'How many steps ahead are forecast.',
    }),
    stride: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 1,
      description: 'Rows between the starts of two training windows.',
    }),
  },
  { additionalProperties: false },
);

export const Scaling = Type.Union([Type.Literal('standard'), Type.Literal('none')], {
  default: 'standard',
  description: 'standard: subtract the mean and divide by the deviation of the training part.',
});

export const Missing = Type.Union([Type.Literal('error'), Type.Literal('forward_fill')], {
  default: 'error',
  description:
    'What to do with missing values: refuse the job, or repeat the last known value of the series.',
});

export const Split = Type.Object(
  {
    validation: Type.Number({ minimum: 0.01, maximum: 0.9, default: 0.15 }),
    test: Type.Number({ minimum: 0.01, maximum: 0.9, default: 0.15 }),
    by: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Where rows are examples: column whose rows of one value all come into one part (all mails of a sender, all recordings of a voice), so that scores are of values that training never saw.',
      }),
    ),
    column: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Where rows are examples: column that says of each row which part it is in, `training`, `validation` or `test`; the shares do not matter then.',
      }),
    ),
  },
  {
    additionalProperties: false,
    default: {},
    description:
      'Shares of each series, by time: training first, then validation, then test. Where rows are examples shares of the rows at random by the seed; in classification of each label.',
  },
);

export const DataSpecification = Type.Object(
  {
    inputs: Type.Array(Input, { minItems: 1, maxItems: 256 }),
    targets: Type.Array(ColumnReference, { minItems: 1, maxItems: 64 }),
    group_by: Type.Optional(
      Type.String({ minLength: 1, description: 'Column whose value tells one series from another.' }),
    ),
    order_by: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Column that orders the rows of a series (a date, timestamp or number); the row order if absent.',
      }),
    ),
    window: Type.Optional(
      Type.Object(Window.properties, {
        additionalProperties: false,
        description: 'How rows become examples of a forecast; without it each row is one.',
      }),
    ),
    scaling: Scaling,
    missing: Missing,
    split: Split,
    weight: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Column of numbers of at least 0: how much each row counts as a target in training and validation, 0 for not at all. What counts is its share of the sum: the loss of a batch is Σ w·l / Σ w. Scores on the test part count all rows the same.',
      }),
    ),
    seasonality: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description:
          'Steps in a season, for the seasonal-naive baseline; by default taken from the frequency of `order_by`.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type Window = Static<typeof Window>;
export type Split = Static<typeof Split>;
export type DataSpecification = Static<typeof DataSpecification>;
