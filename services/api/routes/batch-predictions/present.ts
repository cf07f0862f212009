/** Batch predictions from the domain to the wire. */
import type { BatchPrediction } from '../../../../domain/batch-predictions/batch-prediction.ts';
import type { BatchPredictionResource } from './schemas.ts';

export const presentBatchPrediction = (job: BatchPrediction): BatchPredictionResource => ({
  id: job.id,
  name: job.name,
  dataset_id: job.datasetId,
  model: { ...job.model },
  columns: [...job.columns],
  generation: job.generation,
  status: job.status,
  progress: job.progress,
  position: job.position,
  refused: job.refused,
  error: job.error,
  result_dataset_id: job.resultId,
  attempt: job.attempt,
  created_at: job.createdAt.toISOString(),
  started_at: job.startedAt?.toISOString() ?? null,
  finished_at: job.finishedAt?.toISOString() ?? null,
  updated_at: job.updatedAt.toISOString(),
});
