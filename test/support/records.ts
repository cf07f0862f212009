/** Records for tests that need some, and do not care which. Rows are made as the service makes them. */
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { ColumnProfile, Dataset } from '../../domain/datasets/dataset.ts';
import type { ForecastCard } from '../../domain/models/forecast-card.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import type { EpochMetrics, TrainingJob } from '../../domain/training-jobs/training-job.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';

export const anySpecification = resolveSpecification({
  architecture: 'sequence_to_vector',
  data: {
    inputs: [{ column: 'temperature' }],
    targets: [{ column: 'temperature' }],
    order_by: 'date',
    window: { length: 30, horizon: 7 },
  },
  model: { cell: 'lstm' },
});

const numeric: ColumnProfile = {
  name: 'temperature',
  type: 'number',
  missing: 0,
  distinct: 50,
  min: -3,
  max: 31,
  mean: 12,
  std: 6,
  examples: [11.5, 12],
};

const dates: ColumnProfile = {
  name: 'date',
  type: 'date',
  missing: 0,
  distinct: 500,
  min: '2024-01-01',
  max: '2025-05-14',
  mean: null,
  std: null,
  examples: ['2024-01-01'],
};

export async function readyDataset(
  { datasets }: Pick<Database, 'datasets'>,
  { name = 'weather', validated = true }: { name?: string; validated?: boolean } = {},
): Promise<Dataset> {
  const id = newId('ds');
  const dataset = await datasets.create({
    id,
    name,
    description: null,
    format: 'csv',
    bytes: 1000,
    sha256: 'a'.repeat(64),
    onBadRows: 'reject',
    sourceKey: `datasets/${id}/source`,
  });
  if (!validated) return dataset;
  await datasets.markReady(id, {
    tableKey: `datasets/${id}/table.parquet`,
    rowCount: 500,
    columns: [dates, numeric],
    problems: [],
    problemCount: 0,
  });
  return (await datasets.find(id))!;
}

export async function queuedJob(
  database: Pick<Database, 'datasets' | 'trainingJobs'>,
  { datasetId, modelName = 'weather' }: { datasetId?: string; modelName?: string } = {},
): Promise<TrainingJob> {
  const job = await database.trainingJobs.create({
    id: newId('job'),
    datasetId: datasetId ?? (await readyDataset(database)).id,
    architecture: anySpecification.architecture,
    specification: anySpecification,
    modelName,
  });
  return job!;
}

export const epochMetrics = (epoch: number): EpochMetrics => ({
  epoch,
  step: epoch * 10,
  loss: 1 / epoch,
  validation_loss: 1.5 / epoch,
  learning_rate: 0.001,
  gradient_norm: 0.3,
  steps_per_second: 100,
  elapsed_seconds: epoch * 0.1,
});

export const anyCard = (jobId: string): ForecastCard => ({
  task: 'forecast',
  specification: anySpecification as ForecastSpecification,
  dataset: { id: 'ds_1', name: 'weather', sha256: 'a'.repeat(64), row_count: 500 },
  parts: { training_windows: 300, validation_windows: 70, test_windows: 70, series: 1 },
  frequency: { values: 'date', unit: 'day', step: 1, month_end: false },
  held_out: {
    model: { mae: 1, rmse: 2, mase: 0.5 },
    baseline: { mae: 2, rmse: 3, mase: 1 },
    baseline_name: 'seasonal_naive',
    seasonality: 7,
    by_target: {
      temperature: { model: { mae: 1, rmse: 2, mase: 0.5 }, baseline: { mae: 2, rmse: 3, mase: 1 } },
    },
  },
  training: {
    epochs: 2,
    best_epoch: 2,
    best_validation_loss: 0.75,
    stopped: 'epochs',
    seconds: 1,
    parameter_count: 17_000,
  },
  file: { bytes: 10, sha256: 'b'.repeat(64), opset: 17 },
  lineage: { job_id: jobId, unroll_version: '0.1.0', created_at: '2026-01-01T00:00:00.000Z' },
});

export const finishedModel = (jobId: string) => ({
  storageKey: `models/${jobId}/model.onnx`,
  bytes: 10,
  sha256: 'b'.repeat(64),
  card: anyCard(jobId),
});
