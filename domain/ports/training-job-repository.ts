import type { ModelCard, ModelVersion } from '../models/model.ts';
import type {
  EpochMetrics,
  JobError,
  TrainingJob,
  TrainingJobEvent,
  TrainingJobStatus,
} from '../training-jobs/training-job.ts';
import type { QueueState } from '../training-jobs/scheduling-preemption.ts';
import type { KeyClaim } from './idempotency-repository.ts';
import type { Page, PageRequest } from './page.ts';

/** A worker's hold on a job. Writes that name a lease which is no longer the row's do nothing and answer false. */
export interface Lease {
  readonly jobId: string;
  readonly token: string;
}

/** The row after a user's request, and whether this call changed it. */
interface Answer {
  readonly job: TrainingJob;
  readonly changed: boolean;
}

/** Where a job goes on that begins again: its newest checkpoint. Null: from the start. */
export type ResumesFrom = { readonly epoch: number; readonly step: number } | null;

/** Why a worker gives a job back that it could go on with. */
export type HandBackReason = 'worker_stopped' | 'preempted';

/** Every method that changes a status also writes its event, in the same transaction. */
export interface TrainingJobRepository {
  /**
   * Writes the row in state `queued`; `null` when the dataset is gone or not ready (checked in the same transaction).
   * Throws `idempotency_key_in_flight` when the claim has been taken over.
   */
  create(
    job: Pick<TrainingJob, 'id' | 'datasetId' | 'architecture' | 'specification' | 'modelName'> &
      Partial<Pick<TrainingJob, 'priority' | 'memoryBytes' | 'estimatedWork' | 'initializeFrom'>>,
    claim?: KeyClaim,
  ): Promise<TrainingJob | null>;
  find(id: string): Promise<TrainingJob | null>;
  list(
    page: PageRequest & { status?: TrainingJobStatus; datasetId?: string; modelName?: string },
  ): Promise<Page<TrainingJob>>;
  /** What waits and what runs, and the workers that have been heard of within that time. */
  queueState(workersHeardWithinMs: number): Promise<QueueState>;

  /** queued | paused → cancelled; preparing | running | pausing → cancelling. Null when there is no such job. */
  requestCancel(id: string): Promise<Answer | null>;
  /** queued → paused; preparing | running → pausing. Null when there is no such job. */
  requestPause(id: string): Promise<Answer | null>;
  /** paused → queued. Null when there is no such job; `resumedBefore`: whether its log tells of such a call. */
  resume(id: string): Promise<(Answer & { readonly resumedBefore: boolean }) | null>;
  /** Of a job that has not ended. Null when there is no such job. */
  setPriority(id: string, priority: number): Promise<Answer | null>;
  /** Removes an ended job with its events and metrics; model versions stay. False when it has not ended. */
  delete(id: string): Promise<'deleted' | 'not_ended' | 'not_found'>;

  /** queued → preparing, with a new lease and attempt + 1. Null when it is not queued any more. */
  claim(id: string, leaseToken: string, workerId?: string): Promise<TrainingJob | null>;
  /** preparing → running. */
  start(lease: Lease): Promise<boolean>;
  /** Says that the worker lives. The present status, or null when the lease is lost. */
  heartbeat(
    lease: Lease,
    progress?: { progress: number; epoch: number; step: number },
  ): Promise<TrainingJobStatus | null>;
  /**
   * Writes the epochs' points on the curves, the row's `metrics` and an event for each, once (a repeat of the same epoch
   * replaces the point), all in one transaction. At least one epoch, in order.
   */
  recordEpochs(
    lease: Lease,
    epochs: readonly { readonly metrics: EpochMetrics; readonly progress: number }[],
  ): Promise<boolean>;
  /** running | cancelling → succeeded, and the model version (model made if new, next number), in one transaction. */
  succeed(
    lease: Lease,
    model: { storageKey: string; bytes: number; sha256: string; card: ModelCard },
  ): Promise<ModelVersion | null>;
  /** preparing | running | cancelling → failed. */
  fail(lease: Lease, error: JobError): Promise<boolean>;
  /** cancelling → cancelled: only what somebody asked to cancel. */
  cancel(lease: Lease): Promise<boolean>;
  /** pausing → paused: only what somebody asked to pause. Curves, progress and checkpoints stay. */
  pause(lease: Lease): Promise<boolean>;
  /**
   * The worker gives the job back, which goes on later from its newest checkpoint: preparing | running → queued;
   * pausing → paused; cancelling → cancelled. One that was preempted queues up anew, others keep their turn. The row's
   * new status; null when the lease is lost.
   */
  handBack(lease: Lease, reason: HandBackReason): Promise<TrainingJobStatus | null>;
  /**
   * The training process was killed, its worker lives: as with `recoverLost`, with `error` when no attempt is left. The
   * row's new status; null when the lease is lost.
   */
  loseAttempt(lease: Lease, maxAttempts: number, error: JobError): Promise<TrainingJobStatus | null>;

  /**
   * Jobs whose worker has been silent for so long, by the clock that heartbeats are written by: preparing | running →
   * queued while attempts are left, else failed with `worker_lost`; pausing → paused; cancelling → cancelled. What was
   * learnt up to the newest checkpoint stays. Answers what was done to each.
   */
  recoverLost(silentForMs: number, maxAttempts: number): Promise<readonly TrainingJob[]>;
  /** Ids of all queued jobs, oldest first. */
  queuedIds(): Promise<readonly string[]>;

  events(jobId: string, page: { afterSequence: number; limit: number }): Promise<readonly TrainingJobEvent[]>;
  metrics(jobId: string): Promise<readonly EpochMetrics[]>;
}
