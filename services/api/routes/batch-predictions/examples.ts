/** What the document shows of batch predictions. */
import { datasetExample } from '../datasets/examples.ts';
import type { EventResource } from '../jobs/event-schemas.ts';
import type { BatchPredictionResource } from './schemas.ts';

export const queuedBatchExample: BatchPredictionResource = {
  id: 'bp_0197a4f7d2e17d4bac2f60718293a4b5',
  name: 'seattle-weather by seattle-temperature@1',
  dataset_id: datasetExample.id,
  model: { id: 'mdl_0197a4f4e3f27e5cbd3f708192a3b4c5', name: 'seattle-temperature', version: 1 },
  columns: ['date'],
  generation: null,
  status: 'queued',
  progress: 0,
  position: 0,
  refused: 0,
  error: null,
  result_dataset_id: null,
  attempt: 0,
  created_at: '2026-01-31T12:04:00.000Z',
  started_at: null,
  finished_at: null,
  updated_at: '2026-01-31T12:04:00.000Z',
};

export const succeededBatchExample: BatchPredictionResource = {
  ...queuedBatchExample,
  status: 'succeeded',
  progress: 1,
  position: 1,
  result_dataset_id: 'ds_0197a4f7e3f27e5cbd3f708192a3b4c5',
  attempt: 1,
  started_at: '2026-01-31T12:04:00.120Z',
  finished_at: '2026-01-31T12:04:01.480Z',
  updated_at: '2026-01-31T12:04:01.480Z',
};

export const cancellingBatchExample: BatchPredictionResource = {
  ...queuedBatchExample,
  status: 'cancelling',
  progress: 0.4,
  position: 40_000,
  attempt: 1,
  started_at: '2026-01-31T12:04:00.120Z',
  updated_at: '2026-01-31T12:04:01.480Z',
};

export const batchEventExample: EventResource = {
  id: 'evt_0197a4f7f4038f6dce40819203b4c5d6',
  sequence: 3,
  type: 'batch_prediction.chunk',
  level: 'info',
  data: { position: 40_000, progress: 0.4, refused: 0 },
  created_at: '2026-01-31T12:04:00.900Z',
};

export const batchEventStreamExample = `id: 3\nevent: batch_prediction.chunk\ndata: ${JSON.stringify(batchEventExample)}\n\n`;
