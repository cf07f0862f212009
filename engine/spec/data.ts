/** The `data` part of a specification: which columns go in, which come out, and how a table becomes windows. */
import { Type, type Static } from 'typebox';
import { Input } from './inputs.ts';
import { Scaling } from './scaling.ts';
import { Target } from './targets.ts';

export const Window = Type.Object(
  {
    length: Type.Integer({ minimum: 1, maximum: 100_000, description: 'Input steps (rows) of one window.' }),
    horizon: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 1,
      description: 'How many steps ahead are forecast.',
    }),
    stride: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description:
          'Rows between the starts of two training windows, 1 by default. With training.stateful windows follow each other: it is their length, also by default.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const Missing = Type.Union(
  [
    Type.Literal('error'),
    Type.Literal('forward_fill'),
    Type.Literal('interpolate'),
    Type.Literal('mask'),
    Type.Literal('drop'),
    Type.Literal('mean'),
  ],
  {
    default: 'error',
    description:
      'What to do with missing numbers. Of series: error: refuse the job. forward_fill: repeat the last known value. interpolate: a straight line between known values, as far as both are known at the end of the window; the last known one after that. mask: forward_fill, with one more input for each column that says where its value is known. drop: leave out windows that touch a missing value. A missing target is neither learnt from nor scored, whatever is done with inputs. Of rows that are examples: error, mean (the mean of the training part stands in for what is missing), mask (the same, with one more input that says whether it is known) or drop (rows that lack a number, vector, image or recording are no examples, and predictions need them all).',
  },
);

export const Split = Type.Object(
  {
    validation: Type.Number({ minimum: 0.01, maximum: 0.9, default: 0.15 }),
    test: Type.Number({ minimum: 0.01, maximum: 0.9, default: 0.15 }),
    by: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Column whose rows of one value all come into one part (all mails of a sender, all recordings of a voice), so that scores are of values that training never saw. Of forecasts whole series are in one part then (often by the column of group_by itself).',
      }),
    ),
    column: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Column that says of each row which part it is in, `training` (or `train`), `validation` (`valid`, `val`) or `test`; the shares do not matter then. Whole series with labels are in one part; in the series of a forecast rows for training stand before those for validation, and these before those of the test, of which any may be none.',
      }),
    ),
    gap: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100_000,
        description:
          'Rows of each series between training and validation, and between validation and test, that are a target of none of them: for targets that are known some time later, or that overlap (a sum of seven days: 6). Of series alone; none by default.',
      }),
    ),
    folds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description:
          'Into how many stretches of time the test part is cut for a rolling-origin backtest: each is scored by itself on the card, with the same model. Of series alone.',
      }),
    ),
  },
  {
    additionalProperties: false,
    default: {},
    description:
      'Shares of each series, by time: training first, then validation, then test; of forecasts also whole series (by), or rows as given (column). Where rows are examples shares of the rows at random by the seed; in classification of each label, in transduction of the different inputs; of a language model shares of the whole text, by place.',
  },
);

export const DataSpecification = Type.Object(
  {
    inputs: Type.Array(Input, { minItems: 1, maxItems: 256 }),
    targets: Type.Array(Target, { minItems: 1, maxItems: 64 }),
    group_by: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Column whose value tells one series from another. In classification each series is an example then, with one label (sequence_to_vector) or one for each of its rows (sequence_to_sequence).',
      }),
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
        description:
          'How rows become examples of a forecast; without it each row is one. Series with labels are cut into windows of `length`, and read whole without. A language model reads windows of max_length.',
      }),
    ),
    scaling: Scaling,
    missing: Missing,
    split: Split,
    weight: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Of forecasts, and of labels of each row of a series. Column of numbers of at least 0: how much each row counts as a target in training and validation, 0 for not at all. What counts is its share of the sum: the loss of a batch is Σ w·l / Σ w. Scores on the test part count all rows the same.',
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
