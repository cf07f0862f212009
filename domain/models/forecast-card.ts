/** What one ought to know before using a forecasting model. All scores are in the targets' own units, on the test part. */
import { Type, type Static } from 'typebox';
import { FittedFeature } from './fitted-features.ts';
import { cardOf } from './card-of-any-task.ts';

/** docs/metrics.md has the definitions. */
export const ForecastScores = Type.Object(
  {
    mae: Type.Number({ description: 'Mean absolute error.' }),
    rmse: Type.Number({ description: 'Root of the mean squared error.' }),
    mase: Type.Union([Type.Number(), Type.Null()], {
      description:
        'Absolute error over that of the seasonal-naive forecast within the training rows; null where that is 0.',
    }),
    smape: Type.Optional(
      Type.Number({
        description: 'Symmetric mean absolute percentage error, 0 to 200, as in the M4 competition.',
      }),
    ),
    quantile_loss: Type.Optional(
      Type.Number({ description: 'Mean pinball loss of the quantiles, where there are some.' }),
    ),
    weighted_quantile_loss: Type.Optional(
      Type.Union([Type.Number(), Type.Null()], {
        description:
          'Twice the pinball loss over the sum of the magnitudes of what came; null where that is 0.',
      }),
    ),
    interval: Type.Optional(
      Type.Object(
        {
          level: Type.Number({ description: 'The share that the widest interval is to hold.' }),
          coverage: Type.Number({ description: 'The share that it held.' }),
          mean_width: Type.Number(),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type ForecastScores = Static<typeof ForecastScores>;

const BesideBaseline = Type.Object(
  { model: ForecastScores, baseline: ForecastScores },
  { additionalProperties: false },
);

/** The step between the rows of a series (as datasets/features/frequency has it): the timestamps of a forecast go on in it. */
const Frequency = Type.Object(
  {
    values: Type.Union([Type.Literal('date'), Type.Literal('timestamp'), Type.Literal('number')]),
    unit: Type.Union([
      Type.Literal('second'),
      Type.Literal('minute'),
      Type.Literal('hour'),
      Type.Literal('day'),
      Type.Literal('week'),
      Type.Literal('month'),
      Type.Literal('quarter'),
      Type.Literal('year'),
      Type.Literal('number'),
    ]),
    step: Type.Number(),
    month_end: Type.Boolean(),
  },
  { additionalProperties: false },
);

export const ForecastCard = cardOf('forecast', {
  parts: Type.Object(
    {
      training_windows: Type.Integer(),
      validation_windows: Type.Integer(),
      test_windows: Type.Integer(),
      series: Type.Integer(),
    },
    { additionalProperties: false },
  ),
  features: Type.Optional(
    Type.Object(
      {
        categories: Type.Optional(
          Type.Array(FittedFeature, {
            description:
              'Columns of categories, in the order of their ids at the end of a step of the file’s `x`.',
          }),
        ),
        series: Type.Optional(
          Type.Array(Type.String(), {
            description:
              'Series with a scale of their own, in the order of the file’s input `series`; all others share one.',
          }),
        ),
      },
      {
        additionalProperties: false,
        description: 'What was fitted on the training part, and predictions need.',
      },
    ),
  ),
  frequency: Type.Union([Frequency, Type.Null()], {
    description: 'The step of `order_by`; null without it, or where the rows have no common step.',
  }),
  held_out: Type.Object(
    {
      model: ForecastScores,
      baseline: ForecastScores,
      baseline_name: Type.String({ description: 'seasonal_naive; naive when the season is one step.' }),
      other_baselines: Type.Optional(
        Type.Object({ naive: ForecastScores, drift: ForecastScores }, { additionalProperties: false }),
      ),
      from_window: Type.Optional(
        Type.Object(ForecastScores.properties, {
          additionalProperties: false,
          description:
            'Of a stateful training, whose other scores are those of states that have gone through each series from its first row, as a stream has that read it: the same forecasts made from the rows of a window alone, with states that begin anew, as predictions are.',
        }),
      ),
      seasonality: Type.Integer(),
      by_target: Type.Record(Type.String(), BesideBaseline),
      by_step: Type.Optional(
        Type.Array(Type.Union([BesideBaseline, Type.Null()]), {
          description: 'Of each step of the horizon by itself, the first first; of horizons up to 100.',
        }),
      ),
      by_series: Type.Optional(
        Type.Record(Type.String(), BesideBaseline, {
          description: 'Of each series by itself, where there are 2 to 100.',
        }),
      ),
      folds: Type.Optional(
        Type.Array(Type.Union([BesideBaseline, Type.Null()]), {
          description:
            'Of each stretch of time of the test part, `split.folds` of them, the earliest first: windows of each series in turn, with the same model.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
});
export type ForecastCard = Static<typeof ForecastCard>;
