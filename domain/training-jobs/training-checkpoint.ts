/** A checkpoint: a file with all that is needed to go on with a training job from where it stood, and what is known of it. */
export interface TrainingCheckpoint {
  readonly id: string;
  readonly jobId: string;
  /** Epochs done. */
  readonly epoch: number;
  /** Optimiser steps taken. */
  readonly step: number;
  /** Of the best epoch so far; null before the end of the first. */
  readonly validationLoss: number | null;
  /** The first that held the best weights so far; at most one of a job's. */
  readonly isBest: boolean;
  /** Of the file's layout. */
  readonly formatVersion: number;
  readonly storageKey: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly createdAt: Date;
}

export const checkpointKey = (jobId: string, checkpointId: string): string =>
  `checkpoints/${jobId}/${checkpointId}.bin`;
