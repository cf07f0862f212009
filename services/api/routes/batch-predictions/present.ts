/** Batch predictions from the domain to the wire. */
import type {
  BatchPrediction,
  BatchPredictionEvent,
} from '../../../../domain/batch-predictions/batch-prediction.ts';
import type { LogHead } from '../../../../domain/ports/job-log.ts';
import type { EventTexts } from '../training-jobs/event-text.ts';
import type { BatchPredictionEventResource, BatchPredictionResource } from './schemas.ts';

export const presentBatchPrediction = (job: BatchPrediction): BatchPredictionResource => ({
  id: job.id,
  name: job.name,
  dataset_id: job.datasetId,
  model: { ...job.model },
  columns: [...job.columns],
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

export const presentBatchEvent = (event: BatchPredictionEvent): BatchPredictionEventResource => ({
  id: event.id,
  sequence: event.sequence,
  type: event.type,
  level: event.level,
  data: { ...event.data },
  created_at: event.createdAt.toISOString(),
});

/** Chunks are events: there is no other progress to tell of between them. */
export const batchPredictionTexts: EventTexts<LogHead, BatchPredictionEvent> = {
  event: (event) =>
    Buffer.from(
      `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(presentBatchEvent(event))}\n\n`,
    ),
  progress: () => null,
};
