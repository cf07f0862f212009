import type { TrainingCheckpoint } from '../training-jobs/training-checkpoint.ts';
import type { Lease } from './training-job-repository.ts';

/** Newest means: the most optimiser steps. Clocks have no say in it. */
export interface CheckpointRepository {
  /**
   * Writes the row of a file that is in the storage, and drops all but the last two and the best. Doing it twice is the same
   * as doing it once. Not recorded when the lease is lost: the caller removes the file. Dropped: keys of files that are not
   * needed any more.
   */
  record(
    lease: Lease,
    checkpoint: Omit<TrainingCheckpoint, 'jobId' | 'isBest' | 'createdAt'> & {
      /** Seconds of training behind it, over all attempts. */
      readonly trainedSeconds: number;
    },
  ): Promise<{ readonly recorded: boolean; readonly dropped: readonly string[] }>;
  /** Writes into the job's log that a checkpoint could not be written. False when the lease is lost. */
  noteFailed(lease: Lease, error: { readonly code: string; readonly message: string }): Promise<boolean>;
  /** Removes the row of a checkpoint that can't be used, and writes so into the job's log. The key of its file; null when there is no such row, or the lease is lost. */
  discard(lease: Lease, id: string, reason: string): Promise<string | null>;

  /** Newest first. */
  list(jobId: string): Promise<readonly TrainingCheckpoint[]>;
  find(jobId: string, id: string): Promise<TrainingCheckpoint | null>;
  latest(jobId: string): Promise<TrainingCheckpoint | null>;
  /** Whether a row names this file. */
  usesStorageKey(storageKey: string): Promise<boolean>;
}
