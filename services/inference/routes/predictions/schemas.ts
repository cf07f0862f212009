/** Predictions on the wire. */
import { Type, type Static } from 'typebox';

const Value = Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]);

/** Rows are looked at one value at a time by windows.ts, which knows the model's columns. */
const Row = Type.Record(Type.String(), Value);

export const PredictionRequest = Type.Object(
  {
    inputs: Type.Array(
      Type.Object(
        {
          rows: Type.Array(Row, {
            minItems: 1,
            maxItems: 100_000,
            description:
              'Rows of one series as in the dataset, oldest first, at least as many as the model’s window is long; the last so many are used. Columns that the model does not take are ignored.',
          }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 1024, description: 'One forecast is made for each.' },
    ),
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

export const PredictionAnswer = Type.Object(
  {
    model: Type.Object(
      { id: Type.String(), name: Type.String(), version: Type.Integer() },
      { additionalProperties: false, description: 'The version that answered.' },
    ),
    predictions: Type.Array(
      Type.Object(
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
        },
        { additionalProperties: false },
      ),
      { description: 'In the order of the inputs.' },
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
