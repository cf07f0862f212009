/**
 * A training job: one run of the trainer, from a dataset and a specification to a model version.
 *
 *   queued → preparing → running → succeeded | failed | cancelled
 *   queued | paused → cancelled;   preparing | running | pausing → cancelling → cancelled | succeeded | failed
 *   queued → paused;   preparing | running → pausing → paused | succeeded | failed;   paused → queued   (resumed)
 *   preparing | running → queued;   pausing → paused      (its worker died, attempts are counted; or it hands the job back)
 *
 * Every transition is one conditional UPDATE. Whoever works on a job holds its lease: the attempt's token is in the
 * row, every write of a worker names it, and a worker whose token is no longer there has lost the job.
 */
import { Type, type Static } from 'typebox';
import { EpochMetrics } from '../../engine/spec/epoch-metrics.ts';
import type { Architecture } from '../../engine/spec/architectures.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import type { JobEvent } from '../jobs/job-event.ts';
import type { FirstWeights } from './initialize-from.ts';

export { EpochMetrics };

export const TrainingJobStatus = Type.Union([
  Type.Literal('queued'),
  Type.Literal('preparing'),
  Type.Literal('running'),
  Type.Literal('pausing'),
  Type.Literal('paused'),
  Type.Literal('cancelling'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
]);
export type TrainingJobStatus = Static<typeof TrainingJobStatus>;

export const trainingJobStatuses = [
  'queued',
  'preparing',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
] as const satisfies readonly TrainingJobStatus[];

/** Which status may follow which. The one table of transitions. */
export const transitions: Record<TrainingJobStatus, readonly TrainingJobStatus[]> = {
  queued: ['preparing', 'paused', 'cancelled'],
  preparing: ['running', 'pausing', 'cancelling', 'queued', 'failed'],
  running: ['succeeded', 'failed', 'pausing', 'cancelling', 'queued'],
  pausing: ['paused', 'succeeded', 'failed', 'cancelling'],
  paused: ['queued', 'cancelled'],
  cancelling: ['cancelled', 'succeeded', 'failed'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

/** The states from which `status` can be reached: what a conditional UPDATE names. */
export const predecessors = (status: TrainingJobStatus): TrainingJobStatus[] =>
  trainingJobStatuses.filter((before) => transitions[before].includes(status));

export const isEnded = (status: TrainingJobStatus): boolean => transitions[status].length === 0;

/** Why a job failed. `internal` and `worker_lost` are ours; the others are the user's to mend. */
export const JobErrorCode = Type.Union([
  Type.Literal('diverged'),
  Type.Literal('out_of_memory'),
  Type.Literal('storage_full'),
  Type.Literal('dataset_unreadable'),
  Type.Literal('first_weights_unusable'),
  Type.Literal('worker_lost'),
  Type.Literal('internal'),
]);
export type JobErrorCode = Static<typeof JobErrorCode>;

export const JobError = Type.Object(
  { code: JobErrorCode, message: Type.String(), hint: Type.String() },
  { additionalProperties: false },
);
export type JobError = Static<typeof JobError>;

export interface TrainingJob {
  readonly id: string;
  readonly datasetId: string;
  readonly architecture: Architecture;
  /** With every default filled in. */
  readonly specification: TrainingSpecification;
  readonly status: TrainingJobStatus;
  /** The name of the model that a new version is made of. */
  readonly modelName: string;
  /** 0 to 1. */
  readonly progress: number;
  readonly epoch: number;
  readonly step: number;
  readonly metrics: EpochMetrics | null;
  readonly error: JobError | null;
  /** Set when succeeded. */
  readonly modelVersion: { readonly modelId: string; readonly name: string; readonly version: number } | null;
  /** −100 to 100: among waiting jobs the greater goes first. */
  readonly priority: number;
  /** What training is reckoned to need; null: not reckoned. */
  readonly memoryBytes: number | null;
  /** Reckoned multiply-adds of the whole job; null: not reckoned. */
  readonly estimatedWork: number | null;
  /** Whose weights it begins with; null: random ones. */
  readonly initializeFrom: FirstWeights | null;
  /** Seconds of training behind the last checkpoint, over all attempts. */
  readonly trainedSeconds: number;
  /** Counts claims; 1 at the first. */
  readonly attempt: number;
  /** Counts the workers lost since the job last got on. */
  readonly timesLost: number;
  readonly leaseToken: string | null;
  /** The worker that has it. */
  readonly workerId: string | null;
  readonly heartbeatAt: Date | null;
  readonly createdAt: Date;
  /** Since when it has waited, as it counts for its turn. */
  readonly queuedAt: Date;
  /** When a worker took it last. */
  readonly claimedAt: Date | null;
  /** When it was first trained. */
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly updatedAt: Date;
}

export const TrainingJobEventType = Type.Union([
  Type.Literal('training_job.queued'),
  Type.Literal('training_job.preparing'),
  Type.Literal('training_job.running'),
  Type.Literal('training_job.epoch'),
  Type.Literal('training_job.checkpoint_failed'),
  Type.Literal('training_job.checkpoint_damaged'),
  Type.Literal('training_job.restarted'),
  Type.Literal('training_job.pausing'),
  Type.Literal('training_job.paused'),
  Type.Literal('training_job.resumed'),
  Type.Literal('training_job.cancelling'),
  Type.Literal('training_job.cancelled'),
  Type.Literal('training_job.failed'),
  Type.Literal('training_job.succeeded'),
]);
export type TrainingJobEventType = Static<typeof TrainingJobEventType>;
export type TrainingJobEvent = JobEvent<TrainingJobEventType>;
