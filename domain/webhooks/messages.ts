/**
 * What messages say: `{ type, timestamp, data }`. `data` is thin: what the resource is called, where it stands and why. A
 * receiver gets everything else from the resource's own address, where it is as it is now, and messages stay small
 * (the specification advises less than 20 kB; columns, problems and curves may be far more).
 */
import type { BatchPrediction } from '../batch-predictions/batch-prediction.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { TrainingJob } from '../training-jobs/training-job.ts';
import { WebhookType, testType, type WebhookType as Type } from './webhook.ts';

export interface NewMessage<MessageType extends string = Type> {
  readonly type: MessageType;
  readonly data: Readonly<Record<string, unknown>>;
}

const types = new Set<string>(WebhookType.anyOf.map((option) => option.const));
const asType = (name: string): Type | null => (types.has(name) ? (name as Type) : null);

/** Null for a state that nobody is told of. */
export function trainingJobMessage(job: TrainingJob): NewMessage | null {
  const type = asType(`training_job.${job.status}`);
  const { modelVersion: model } = job;
  return (
    type && {
      type,
      data: {
        id: job.id,
        name: job.modelName,
        dataset_id: job.datasetId,
        status: job.status,
        error: job.error,
        model: model && { id: model.modelId, name: model.name, version: model.version },
        progress: job.progress,
        attempt: job.attempt,
        created_at: job.createdAt.toISOString(),
        started_at: job.startedAt?.toISOString() ?? null,
        finished_at: job.finishedAt?.toISOString() ?? null,
      },
    }
  );
}

/** Null for a state that nobody is told of. */
export function batchPredictionMessage(job: BatchPrediction): NewMessage | null {
  const type = asType(`batch_prediction.${job.status}`);
  return (
    type && {
      type,
      data: {
        id: job.id,
        name: job.name,
        dataset_id: job.datasetId,
        model: job.model,
        status: job.status,
        error: job.error,
        result_dataset_id: job.resultId,
        refused: job.refused,
        created_at: job.createdAt.toISOString(),
        started_at: job.startedAt?.toISOString() ?? null,
        finished_at: job.finishedAt?.toISOString() ?? null,
      },
    }
  );
}

/** Null for a state that nobody is told of. */
export function datasetMessage(dataset: Dataset): NewMessage | null {
  const type = asType(`dataset.${dataset.status}`);
  return (
    type && {
      type,
      data: {
        id: dataset.id,
        name: dataset.name,
        status: dataset.status,
        format: dataset.format,
        bytes: dataset.bytes,
        sha256: dataset.sha256,
        row_count: dataset.rowCount,
        problem_count: dataset.problemCount,
        created_at: dataset.createdAt.toISOString(),
      },
    }
  );
}

export const testMessage = (endpointId: string): NewMessage<typeof testType> => ({
  type: testType,
  data: { id: endpointId },
});

/** The body, as it is signed and sent at every attempt. */
export const messageBody = ({ type, data }: NewMessage<string>, at: Date): string =>
  JSON.stringify({ type, timestamp: at.toISOString(), data });
