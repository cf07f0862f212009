/** Training jobs from the domain to the wire. */
import { estimatedFinish } from '../../../../domain/training-jobs/estimated-finish.ts';
import type { Expectation } from '../../../../domain/training-jobs/scheduling-forecast.ts';
import type { FirstWeights, InitializeFrom } from '../../../../domain/training-jobs/initialize-from.ts';
import type { TrainingJob } from '../../../../domain/training-jobs/training-job.ts';
import type { TrainingJobResource } from './schemas.ts';

/** `expected`: of a job that waits. */
export const presentTrainingJob = (job: TrainingJob, expected: Expectation | null): TrainingJobResource => ({
  id: job.id,
  name: job.modelName,
  dataset_id: job.datasetId,
  status: job.status,
  specification: job.specification,
  progress: job.progress,
  epoch: job.epoch,
  step: job.step,
  metrics: job.metrics,
  error: job.error,
  model: job.modelVersion && {
    id: job.modelVersion.modelId,
    name: job.modelVersion.name,
    version: job.modelVersion.version,
  },
  priority: job.priority,
  initialize_from: job.initializeFrom && presentFirstWeights(job.initializeFrom),
  attempt: job.attempt,
  queue_position: expected?.position ?? null,
  estimated_finish_at: (estimatedFinish(job) ?? expected?.finishAt)?.toISOString() ?? null,
  created_at: job.createdAt.toISOString(),
  started_at: job.startedAt?.toISOString() ?? null,
  finished_at: job.finishedAt?.toISOString() ?? null,
  updated_at: job.updatedAt.toISOString(),
});

const presentFirstWeights = (first: FirstWeights): InitializeFrom =>
  'model' in first
    ? { model: first.model }
    : { job: first.job, ...(first.checkpoint !== undefined && { checkpoint: first.checkpoint }) };

/** Points of a curve, evenly thinned; the first and the last stay. */
export function downsample<Point>(points: readonly Point[], most: number): Point[] {
  if (points.length <= most) return [...points];
  return Array.from(
    { length: most },
    (_, index) => points[Math.round((index * (points.length - 1)) / (most - 1))]!,
  );
}
