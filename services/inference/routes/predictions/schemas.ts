/** Predictions on the wire. */
import { Type, type Static } from 'typebox';
import { generationOptions, maxLength, searchOptions } from '../../../../engine/spec/generation.ts';

/** A list of types and no union, which would be tried branch by branch for every value of every row. */
const scalars = ['number', 'string', 'boolean', 'null'];
const Value = Type.Unsafe<number | string | boolean | null>({ type: scalars });
const ValueOrVector = Type.Unsafe<number | string | boolean | null | number[]>({
  type: [...scalars, 'array'],
  items: { type: 'number' },
});

/** Rows are looked at one value at a time by window-reader.ts, which knows the model's columns. */
export const Row = Type.Record(Type.String(), Value);

export const PredictionRequest = Type.Object(
  {
    inputs: Type.Array(
      Type.Object(
        {
          rows: Type.Optional(
            Type.Array(Row, {
              minItems: 1,
              maxItems: 100_000,
              description:
                'For a forecast: rows of one series as in the dataset, oldest first, at least as many as the model’s window is long; the last so many are used. For labels of a series, or of its rows: all rows of the series, or as many as there are. Columns that the model does not take are ignored.',
            }),
          ),
          future: Type.Optional(
            Type.Array(Row, {
              minItems: 1,
              maxItems: 10_000,
              description:
                'For a forecast with inputs that are `known_ahead`: their numbers in the rows that are forecast, one row for each step of the horizon. They need not say their series and time; where they do, it is that of `rows`, and after it.',
            }),
          ),
          row: Type.Optional(
            Type.Record(Type.String(), ValueOrVector, {
              description:
                'For a model whose examples are rows: one row as in the dataset; vectors are lists of numbers, recordings (WAV, FLAC, MP3, OGG) and images (PNG, JPEG) are files in base64. Columns that the model does not take are ignored.',
            }),
          ),
          text: Type.Optional(
            Type.String({
              description:
                'Where a text is all that goes in: the text alone, instead of a row. For a language model: what it is to go on from; it may be empty.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 1024, description: 'One prediction is made for each.' },
    ),
    ...generationOptions,
    ...searchOptions,
    max_length: maxLength,
  },
  {
    title: 'PredictionRequest',
    additionalProperties: false,
    examples: [
      {
        inputs: [
          {
            rows: [
              { date: '2015-12-30', temp_max: 5.6 },
              { date: '2015-12-31', temp_max: 5.6 },
            ],
          },
        ],
      },
    ],
  },
);
export type PredictionRequest = Static<typeof PredictionRequest>;

const TargetDistribution = Type.Object(
  {
    quantiles: Type.Record(Type.String(), Type.Number(), {
      description:
        'By level, as `output.quantiles` of the specification names them; none below the one before.',
    }),
    intervals: Type.Array(
      Type.Object(
        {
          level: Type.Number({ description: 'The share of what comes that it is to hold.' }),
          lower: Type.Number(),
          upper: Type.Number(),
        },
        { additionalProperties: false },
      ),
      { description: 'Between quantiles as far from 0.5 on either side, the widest first.' },
    ),
    std: Type.Optional(
      Type.Number({ description: 'Standard deviation of the distribution; of loss gaussian and student_t.' }),
    ),
    degrees_of_freedom: Type.Optional(Type.Number({ description: 'Of loss student_t.' })),
  },
  { title: 'TargetDistribution', additionalProperties: false },
);
export type TargetDistribution = Static<typeof TargetDistribution>;

const warnings = Type.Optional(
  Type.Array(
    Type.Object({ pointer: Type.String(), message: Type.String() }, { additionalProperties: false }),
    {
      description:
        'Values that count as something else than they say, such as a category or a series that training never saw, and texts, recordings and vectors that are longer than the network reads.',
    },
  ),
);

export const ForecastPrediction = Type.Object(
  {
    series: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], {
      description: 'The value of the group_by column in the rows; null when they have none.',
    }),
    forecast: Type.Array(
      Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Null()])),
      {
        description:
          'One row for each step of the horizon, in the units of the dataset; order_by goes on from the last row, null where the series has no common step.',
      },
    ),
    distribution: Type.Optional(
      Type.Array(Type.Record(Type.String(), TargetDistribution), {
        description:
          'How sure each row of the forecast is, by target column: as many entries as the forecast has rows. Of models whose loss knows of a distribution.',
      }),
    ),
    warnings,
  },
  { title: 'ForecastPrediction', additionalProperties: false },
);
export type ForecastPrediction = Static<typeof ForecastPrediction>;

const Label = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
export const LabelPrediction = Type.Object(
  {
    label: Label,
    probability: Type.Number({ description: 'Of this label.' }),
    probabilities: Type.Array(
      Type.Object({ label: Label, probability: Type.Number() }, { additionalProperties: false }),
      { description: 'Of all labels, the most probable first.' },
    ),
    warnings,
  },
  { title: 'LabelPrediction', additionalProperties: false },
);
export type LabelPrediction = Static<typeof LabelPrediction>;

const TaggingPrediction = Type.Object(
  {
    steps: Type.Array(
      Type.Object(
        {
          label: Label,
          probability: Type.Number({ description: 'Of this label.' }),
          probabilities: Type.Array(
            Type.Object({ label: Label, probability: Type.Number() }, { additionalProperties: false }),
            { description: 'Of all labels, the most probable first.' },
          ),
        },
        { additionalProperties: false },
      ),
      { description: 'One for each row, in their order.' },
    ),
    warnings,
  },
  { title: 'TaggingPrediction', additionalProperties: false },
);
export type TaggingPrediction = Static<typeof TaggingPrediction>;

export const MultilabelPrediction = Type.Object(
  {
    labels: Type.Array(Type.String(), {
      description: 'Those with a probability of at least 0.5, the most probable first.',
    }),
    probabilities: Type.Array(
      Type.Object({ label: Type.String(), probability: Type.Number() }, { additionalProperties: false }),
      { description: 'Of all labels, each by itself, the most probable first.' },
    ),
    warnings,
  },
  { title: 'MultilabelPrediction', additionalProperties: false },
);
export type MultilabelPrediction = Static<typeof MultilabelPrediction>;

export const NumbersPrediction = Type.Object(
  {
    values: Type.Record(Type.String(), Type.Number(), {
      description: 'By target column, in its own units.',
    }),
    warnings,
  },
  { title: 'NumbersPrediction', additionalProperties: false },
);
export type NumbersPrediction = Static<typeof NumbersPrediction>;

const CurvePrediction = Type.Object(
  {
    curves: Type.Record(Type.String(), Type.Array(Type.Number()), {
      description: 'By target column, the numbers of its vector in order, in its own units.',
    }),
    warnings,
  },
  { title: 'CurvePrediction', additionalProperties: false },
);
export type CurvePrediction = Static<typeof CurvePrediction>;

export const GeneratedText = Type.Object(
  {
    text: Type.String({ description: 'What follows the prompt, without it.' }),
    tokens: Type.Integer({ description: 'Characters or words that were written.' }),
    log_probability: Type.Number({
      description:
        'Natural logarithm of the probability of what was written, as the model gives it without temperature, top_k and top_p.',
    }),
    finish_reason: Type.Union([Type.Literal('end'), Type.Literal('max_length')], {
      description: 'Whether the text came to its own end.',
    }),
    seed: Type.Integer({ description: 'That draws it again.' }),
  },
  { title: 'GeneratedText', additionalProperties: false },
);
export type GeneratedText = Static<typeof GeneratedText>;

const Text = {
  text: Type.String(),
  score: Type.Number({ description: 'log P of the text and its end, as the model holds it.' }),
  ended: Type.Boolean({ description: 'Whether its end was written before there was no more room.' }),
};
const SequencePrediction = Type.Object(
  {
    ...Text,
    tokens: Type.Array(Type.String(), { description: 'The characters, words or subwords of the text.' }),
    alternatives: Type.Array(Type.Object(Text, { additionalProperties: false }), {
      description: 'The `n_best` texts, the best first: the first is the text itself.',
    }),
    warnings,
  },
  { title: 'SequencePrediction', additionalProperties: false },
);
export type SequencePrediction = Static<typeof SequencePrediction>;

const RefusedInput = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.Literal('validation_failed'),
        detail: Type.String({ description: 'What is wrong first of all.' }),
        errors: Type.Array(
          Type.Object({ pointer: Type.String(), message: Type.String() }, { additionalProperties: false }),
          { description: 'The values at fault, by JSON Pointer into the request; the first 20.' },
        ),
      },
      { additionalProperties: false },
    ),
  },
  {
    title: 'RefusedInput',
    additionalProperties: false,
    description: 'In the place of the prediction of an input that is at fault, where others are not.',
  },
);
export type RefusedInput = Static<typeof RefusedInput>;

export const PredictionAnswer = Type.Object(
  {
    model: Type.Object(
      { id: Type.String(), name: Type.String(), version: Type.Integer() },
      { additionalProperties: false, description: 'The version that answered.' },
    ),
    predictions: Type.Array(
      Type.Union([
        ForecastPrediction,
        LabelPrediction,
        TaggingPrediction,
        MultilabelPrediction,
        NumbersPrediction,
        CurvePrediction,
        GeneratedText,
        SequencePrediction,
        RefusedInput,
      ]),
      {
        description:
          'In the order of the inputs. An input that is at fault has an `error` here, if another one is not; otherwise the request is answered with 422.',
      },
    ),
  },
  { title: 'PredictionAnswer', additionalProperties: false },
);
export type PredictionAnswer = Static<typeof PredictionAnswer>;

export const PredictionParams = Type.Object({
  ref: Type.String({
    description: 'A name, an id, or either with `@` and a version: `seattle-temperature@3`.',
  }),
});

export const PredictionQuery = Type.Object(
  {
    timeout_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3_600_000,
        description:
          'How long the answer is of use; later it is a 504. PREDICTION_TIMEOUT_MS (30,000) unless given.',
      }),
    ),
    ...generationOptions,
    ...searchOptions,
    max_length: maxLength,
  },
  { additionalProperties: false },
);
export type PredictionQuery = Static<typeof PredictionQuery>;
