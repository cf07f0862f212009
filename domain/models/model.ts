/** A model: a named thing with numbered versions; each version is one ONNX file with its lineage. */
import { Type, type Static } from 'typebox';
import { TrainingSpecification } from '../../engine/spec/training-specification.ts';

const Scores = Type.Object(
  { mae: Type.Number(), rmse: Type.Number(), mase: Type.Union([Type.Number(), Type.Null()]) },
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

/** What one ought to know before using a model version. All scores are in the targets' own units, on the test part. */
export const ModelCard = Type.Object(
  {
    specification: TrainingSpecification,
    dataset: Type.Object(
      { id: Type.String(), name: Type.String(), sha256: Type.String(), row_count: Type.Integer() },
      { additionalProperties: false },
    ),
    parts: Type.Object(
      {
        training_windows: Type.Integer(),
        validation_windows: Type.Integer(),
        test_windows: Type.Integer(),
        series: Type.Integer(),
      },
      { additionalProperties: false },
    ),
    frequency: Type.Union([Frequency, Type.Null()], {
      description: 'The step of `order_by`; null without it, or where the rows have no common step.',
    }),
    held_out: Type.Object(
      {
        model: Scores,
        baseline: Scores,
        baseline_name: Type.String({ description: 'seasonal_naive; naive when the season is one step.' }),
        seasonality: Type.Integer(),
        by_target: Type.Record(
          Type.String(),
          Type.Object({ model: Scores, baseline: Scores }, { additionalProperties: false }),
        ),
      },
      { additionalProperties: false },
    ),
    training: Type.Object(
      {
        epochs: Type.Integer({ description: 'Epochs trained.' }),
        best_epoch: Type.Integer(),
        best_validation_loss: Type.Number(),
        stopped: Type.Union([
          Type.Literal('epochs'),
          Type.Literal('early_stopping'),
          Type.Literal('max_seconds'),
        ]),
        seconds: Type.Number(),
        parameter_count: Type.Integer(),
      },
      { additionalProperties: false },
    ),
    file: Type.Object(
      { bytes: Type.Integer(), sha256: Type.String(), opset: Type.Integer() },
      { additionalProperties: false },
    ),
    lineage: Type.Object(
      { job_id: Type.String(), unroll_version: Type.String(), created_at: Type.String() },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type ModelCard = Static<typeof ModelCard>;

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly latestVersion: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ModelVersion {
  readonly modelId: string;
  readonly name: string;
  readonly version: number;
  readonly jobId: string;
  readonly datasetId: string;
  readonly storageKey: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly card: ModelCard;
  readonly createdAt: Date;
}
