/** What the document shows of models. */
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import type { ForecastSpecification } from '../../../../engine/spec/tasks.ts';
import { datasetExample } from '../datasets/examples.ts';
import { queuedExample } from '../training-jobs/examples.ts';
import type { ModelResource, ModelSummary, ModelVersionResource } from './schemas.ts';

export const modelSummaryExample: ModelSummary = {
  id: 'mdl_0197a4f4e3f27e5cbd3f708192a3b4c5',
  name: 'seattle-temperature',
  latest_version: 1,
  created_at: '2026-01-31T12:01:08.000Z',
  updated_at: '2026-01-31T12:01:08.000Z',
};

export const modelVersionExample: ModelVersionResource = {
  id: modelSummaryExample.id,
  name: modelSummaryExample.name,
  version: 1,
  job_id: queuedExample.id,
  dataset_id: datasetExample.id,
  bytes: 76_312,
  sha256: 'a3f5c1d27b8e4f60918273a4b5c6d7e8f90123456789abcdef0123456789abcd',
  signature: {
    task: 'forecast',
    architecture: 'sequence_to_vector',
    cell: 'lstm',
    inputs: ['temp_max'],
    targets: ['temp_max'],
    order_by: 'date',
    group_by: null,
    window_length: 60,
    horizon: 14,
  },
  created_at: '2026-01-31T12:01:08.000Z',
};

export const modelExample: ModelResource = {
  ...modelVersionExample,
  latest_version: 1,
  updated_at: modelSummaryExample.updated_at,
};

const model = { mae: 2.61, rmse: 3.31, mase: 0.84, smape: 15.2 };
const baseline = { mae: 3.72, rmse: 4.74, mase: 1.2, smape: 20.9 };

export const cardExample: ForecastCard = {
  task: 'forecast',
  specification: queuedExample.specification as ForecastSpecification,
  dataset: {
    id: datasetExample.id,
    name: datasetExample.name,
    sha256: datasetExample.sha256,
    row_count: 1461,
  },
  parts: { training_windows: 949, validation_windows: 206, test_windows: 206, series: 1 },
  frequency: { values: 'date', unit: 'day', step: 1, month_end: false },
  held_out: {
    model,
    baseline,
    baseline_name: 'seasonal_naive',
    other_baselines: {
      naive: { mae: 3.44, rmse: 4.45, mase: 1.11, smape: 19.1 },
      drift: { mae: 3.45, rmse: 4.46, mase: 1.11, smape: 19.1 },
    },
    seasonality: 7,
    by_target: { temp_max: { model, baseline } },
  },
  training: {
    epochs: 24,
    best_epoch: 14,
    best_validation_loss: 0.157,
    stopped: 'early_stopping',
    seconds: 6.2,
    parameter_count: 18_062,
  },
  file: { bytes: modelVersionExample.bytes, sha256: modelVersionExample.sha256, opset: 17 },
  lineage: { job_id: queuedExample.id, unroll_version: '0.1.0', created_at: '2026-01-31T12:01:08.000Z' },
};
