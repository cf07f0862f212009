/** What the document shows of training jobs. */
import { resolveSpecification } from '../../../../domain/training-jobs/resolve-specification.ts';
import { datasetExample } from '../datasets/examples.ts';
import type { EventResource } from '../jobs/event-schemas.ts';
import type { TrainingJobPlan, TrainingJobResource } from './schemas.ts';
import { requestExample } from './request-example.ts';

const { architecture, data, model, training } = requestExample;
const specification = resolveSpecification({ architecture, data, model, training });

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
  priority: 0,
  initialize_from: null,
  attempt: 0,
  queue_position: 1,
  estimated_finish_at: '2026-01-31T12:01:12.000Z',
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

export const pausingExample: TrainingJobResource = { ...cancellingExample, status: 'pausing' };

export const prioritisedExample: TrainingJobResource = { ...queuedExample, priority: 10 };

export const metricsExample = { data: [metrics], epochs: 1 };

export const planExample: TrainingJobPlan = {
  dry_run: true,
  name: 'seattle-temperature',
  dataset_id: datasetExample.id,
  specification,
  task: 'forecast',
  parameter_count: 18_062,
  memory_bytes: 16_595_616,
  windows: { training: 949, validation: 206, test: 206 },
  series: 1,
  shapes: { input: [32, 60, 1], output: [32, 14, 1] },
  warnings: [],
};

export const eventExample: EventResource = {
  id: 'evt_0197a4f3d2e17d4bac2f60718293a4b6',
  sequence: 4,
  type: 'training_job.epoch',
  level: 'info',
  data: metrics,
  created_at: '2026-01-31T12:01:02.500Z',
};

export const eventStreamExample = `retry: 1000\n\nid: 4\nevent: training_job.epoch\ndata: ${JSON.stringify(eventExample)}\n\n`;
