/** What the document shows of training jobs. */
import type { Static } from 'typebox';
import { datasetExample } from '../datasets/examples.ts';
import type {
  TrainingJobEventResource,
  TrainingJobPlan,
  TrainingJobRequest,
  TrainingJobResource,
} from './schemas.ts';

const specification: TrainingJobResource['specification'] = {
  architecture: 'sequence_to_vector',
  data: {
    inputs: [{ column: 'temp_max' }],
    targets: [{ column: 'temp_max' }],
    order_by: 'date',
    window: { length: 60, horizon: 14, stride: 1 },
    scaling: 'standard',
    missing: 'error',
    split: { validation: 0.15, test: 0.15 },
  },
  model: { cell: 'lstm', hidden_size: 64, layers: 1 },
  output: { type: 'regression', loss: 'mse' },
  training: {
    epochs: 40,
    batch_size: 32,
    optimizer: { type: 'adam', learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    clip_norm: 1,
    loss_steps: 'last',
    early_stopping: { patience: 10, min_delta: 0 },
    seed: 7,
  },
} satisfies Omit<Static<typeof TrainingJobRequest>, 'dataset_id'>;

export const queuedExample: TrainingJobResource = {
  id: 'job_0197a4f3d2e17d4bac2f60718293a4b5',
  name: 'seattle-temperature',
  dataset_id: datasetExample.id,
  status: 'queued',
  specification,
  progress: 0,
  epoch: 0,
  step: 0,
  metrics: null,
  error: null,
  model: null,
  attempt: 0,
  queue_position: 1,
  estimated_finish_at: null,
  created_at: '2026-01-31T12:01:00.000Z',
  started_at: null,
  finished_at: null,
  updated_at: '2026-01-31T12:01:00.000Z',
};

const metrics = {
  epoch: 10,
  step: 280,
  loss: 0.142,
  validation_loss: 0.157,
  learning_rate: 0.001,
  gradient_norm: 0.31,
  steps_per_second: 210,
  elapsed_seconds: 1.4,
};

export const runningExample: TrainingJobResource = {
  ...queuedExample,
  status: 'running',
  progress: 0.25,
  epoch: 10,
  step: 280,
  metrics,
  attempt: 1,
  queue_position: null,
  estimated_finish_at: '2026-01-31T12:01:07.000Z',
  started_at: '2026-01-31T12:01:01.000Z',
  updated_at: '2026-01-31T12:01:02.500Z',
};

export const cancellingExample: TrainingJobResource = {
  ...runningExample,
  status: 'cancelling',
  estimated_finish_at: null,
};

export const metricsExample = { data: [metrics], epochs: 1 };

export const planExample: TrainingJobPlan = {
  dry_run: true,
  name: 'seattle-temperature',
  dataset_id: datasetExample.id,
  specification,
  parameter_count: 18_062,
  windows: { training: 949, validation: 206, test: 206 },
  series: 1,
  shapes: { input: [32, 60, 1], output: [32, 14, 1] },
  warnings: [],
};

export const eventExample: TrainingJobEventResource = {
  id: 'evt_0197a4f3d2e17d4bac2f60718293a4b6',
  sequence: 4,
  type: 'training_job.epoch',
  level: 'info',
  data: metrics,
  created_at: '2026-01-31T12:01:02.500Z',
};

export const eventStreamExample = `retry: 1000\n\nid: 4\nevent: training_job.epoch\ndata: ${JSON.stringify(eventExample)}\n\n`;
