/**
 * A batch prediction: one model version, asked of all rows of a dataset, or of all its series; a dataset comes out.
 *
 *   queued → running → succeeded | failed | cancelled
 *   queued → cancelled;   running → cancelling → cancelled | succeeded | failed
 *   running → queued      (its worker died, attempts are counted; or it hands the job back)
 *
 * As with training jobs every transition is one conditional UPDATE, and whoever works on a job holds its lease. What is done is
 * kept in chunks: each is an object in storage, noted in the row under the lease, so that another worker goes on after the last one
 * and each answer is in the result once.
 */
import { Type, type Static } from 'typebox';
import type { WritingSettings } from '../../engine/spec/generation.ts';
import type { JobEvent } from '../jobs/job-event.ts';
import type { TrainingJobStatus } from '../training-jobs/training-job.ts';

export const BatchPredictionStatus = Type.Union([
  Type.Literal('queued'),
  Type.Literal('running'),
  Type.Literal('cancelling'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
]);
/** Some of those of training jobs, with the same meaning. */
export type BatchPredictionStatus = Static<typeof BatchPredictionStatus> & TrainingJobStatus;

/** Which status may follow which. */
export const batchTransitions: Record<BatchPredictionStatus, readonly BatchPredictionStatus[]> = {
  queued: ['running', 'cancelled'],
  running: ['succeeded', 'failed', 'cancelling', 'queued'],
  cancelling: ['cancelled', 'succeeded', 'failed'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

export const batchPredictionStatuses = Object.keys(batchTransitions) as readonly BatchPredictionStatus[];

/** The states from which `status` can be reached. */
export const batchPredecessors = (status: BatchPredictionStatus): BatchPredictionStatus[] =>
  batchPredictionStatuses.filter((before) => batchTransitions[before].includes(status));

/** Those that need their dataset and their model. */
export const batchNotEnded = batchPredictionStatuses.filter((status) => batchTransitions[status].length > 0);

export const BatchPredictionErrorCode = Type.Union([
  Type.Literal('dataset_unreadable'),
  Type.Literal('model_unreadable'),
  Type.Literal('out_of_memory'),
  Type.Literal('storage_full'),
  Type.Literal('worker_lost'),
  Type.Literal('internal'),
]);
export const BatchPredictionError = Type.Object(
  { code: BatchPredictionErrorCode, message: Type.String(), hint: Type.String() },
  { title: 'BatchPredictionError', additionalProperties: false },
);
export type BatchPredictionError = Static<typeof BatchPredictionError>;

export interface BatchPrediction {
  readonly id: string;
  readonly datasetId: string;
  readonly model: { readonly id: string; readonly name: string; readonly version: number };
  /** Of the dataset that comes out. */
  readonly name: string;
  /** Columns of the dataset that go into the result. */
  readonly columns: readonly string[];
  /** Of a language model: how texts are drawn, that of row n, counted from 0, from seed + n; of a transduction: how they are searched for. Null of others. */
  readonly generation: WritingSettings | null;
  readonly status: BatchPredictionStatus;
  /** 0 to 1. */
  readonly progress: number;
  /** Rows or series that are done: where the next chunk begins. */
  readonly position: number;
  /** Storage keys of what is done, in order. */
  readonly chunks: readonly string[];
  /** Rows, or series, without a prediction. */
  readonly refused: number;
  readonly error: BatchPredictionError | null;
  /** The dataset that came out; set when succeeded. */
  readonly resultId: string | null;
  readonly attempt: number;
  /** Workers lost since the last chunk. */
  readonly timesLost: number;
  readonly leaseToken: string | null;
  readonly heartbeatAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly updatedAt: Date;
}

export const BatchPredictionEventType = Type.Union([
  Type.Literal('batch_prediction.queued'),
  Type.Literal('batch_prediction.running'),
  Type.Literal('batch_prediction.chunk'),
  Type.Literal('batch_prediction.restarted'),
  Type.Literal('batch_prediction.cancelling'),
  Type.Literal('batch_prediction.cancelled'),
  Type.Literal('batch_prediction.failed'),
  Type.Literal('batch_prediction.succeeded'),
]);
export type BatchPredictionEventType = Static<typeof BatchPredictionEventType>;
export type BatchPredictionEvent = JobEvent<BatchPredictionEventType>;
