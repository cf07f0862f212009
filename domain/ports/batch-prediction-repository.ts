import type { Dataset } from '../datasets/dataset.ts';
import type {
  BatchPrediction,
  BatchPredictionError,
  BatchPredictionEvent,
  BatchPredictionStatus,
} from '../batch-predictions/batch-prediction.ts';
import type { KeyClaim } from './idempotency-repository.ts';
import type { Page, PageRequest } from './page.ts';
import type { Lease } from './training-job-repository.ts';

/** What comes out: rows of `datasets` need nothing else. */
export type ResultDataset = Pick<
  Dataset,
  'id' | 'name' | 'description' | 'bytes' | 'sha256' | 'sourceKey' | 'rowCount' | 'columns'
> & { readonly tableKey: string };

/** Every method that changes a status also writes its event, in the same transaction. */
export interface BatchPredictionRepository {
  /**
   * Writes the row in state `queued`, unless dataset or model version is gone (checked in the same transaction, which deletions wait for).
   * Throws `idempotency_key_in_flight` when the claim has been taken over.
   */
  create(
    job: Pick<BatchPrediction, 'id' | 'datasetId' | 'model' | 'name' | 'columns' | 'generation'>,
    claim?: KeyClaim,
  ): Promise<BatchPrediction | 'no_dataset' | 'no_model'>;
  find(id: string): Promise<BatchPrediction | null>;
  list(
    page: PageRequest & { status?: BatchPredictionStatus; datasetId?: string },
  ): Promise<Page<BatchPrediction>>;
  /** queued → cancelled; running → cancelling. Null when there is no such job. */
  requestCancel(id: string): Promise<{ readonly job: BatchPrediction; readonly changed: boolean } | null>;
  /** Removes an ended job with its events; the result stays. */
  delete(id: string): Promise<'deleted' | 'not_ended' | 'not_found'>;

  /** queued → running, with a new lease. Null when it is not queued any more. */
  claim(id: string, leaseToken: string): Promise<BatchPrediction | null>;
  /** Says that the worker lives. The present status, or null when the lease is lost. */
  heartbeat(lease: Lease): Promise<BatchPredictionStatus | null>;
  /** Notes a chunk that is in storage; false when the lease is lost. A repeat of the same key changes nothing. */
  recordChunk(
    lease: Lease,
    chunk: { key: string; position: number; progress: number; refused: number },
  ): Promise<boolean>;
  /** running | cancelling → succeeded, and the dataset, ready, in one transaction. False when the lease is lost. */
  succeed(lease: Lease, result: ResultDataset): Promise<boolean>;
  fail(lease: Lease, error: BatchPredictionError): Promise<boolean>;
  /** cancelling → cancelled. */
  cancel(lease: Lease): Promise<boolean>;
  /** The worker gives the job back: running → queued; cancelling → cancelled. Null when the lease is lost. */
  handBack(lease: Lease, reason: 'worker_stopped'): Promise<BatchPredictionStatus | null>;
  /** The process that predicted was killed: as with `recoverLost`. Null when the lease is lost. */
  loseAttempt(
    lease: Lease,
    maxAttempts: number,
    error: BatchPredictionError,
  ): Promise<BatchPredictionStatus | null>;
  /** Jobs whose worker has been silent for so long: running → queued while attempts are left, else failed; cancelling → cancelled. */
  recoverLost(silentForMs: number, maxAttempts: number): Promise<readonly BatchPrediction[]>;
  queuedIds(): Promise<readonly string[]>;
  /** Whether a job that has not ended needs the object. */
  usesStorageKey(key: string): Promise<boolean>;

  events(
    jobId: string,
    page: { afterSequence: number; limit: number },
  ): Promise<readonly BatchPredictionEvent[]>;
}
