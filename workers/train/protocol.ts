/**
 * What a worker and its training child say to each other.
 *
 *   worker → child   one TrainOrder, then `recorded` for epochs that are safe in the database, `checkpoint_taken` for checkpoints
 *                    that it has dealt with, `stop` when the child is to write down where it stands, and end
 *   child → worker   checkpoint_damaged*, prepared, (progress | epoch | checkpoint | checkpoint_failed)*, finished | failed | stopped
 */
import type { ModelCard } from '../../domain/models/model.ts';
import type { EpochMetrics, JobError } from '../../domain/training-jobs/training-job.ts';
import type { TaskCard } from './prepared-task.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';

export interface TrainOrder {
  readonly specification: TrainingSpecification;
  /** The dataset's canonical Parquet. */
  readonly tablePath: string;
  /** Where the ONNX file is to be written, and those with which beams are searched beside it. */
  readonly modelPath: string;
  /** Where its weights are to be written, for those who train on from them. */
  readonly weightsPath: string;
  /** Whose weights it begins with; null: random ones. Path null: the file is gone, and a checkpoint has all that is needed. */
  readonly initializeFrom: { readonly path: string | null } | null;
  readonly threads: number;
  readonly checkpoints: {
    /** The child's own folder, for files that the worker takes over. */
    readonly folder: string;
    readonly everySeconds: number;
    /** Where to go on from, newest first: the first that can be used. */
    readonly resumeFrom: readonly { readonly id: string; readonly path: string }[];
  };
  /** Goes into the file's metadata as it is. */
  readonly lineage: {
    readonly unrollVersion: string;
    readonly dataset: { readonly id: string; readonly name: string; readonly sha256: string };
  };
}

/** The parts of the model card that only the child knows. */
export type TrainedModel = TaskCard & Pick<ModelCard, 'training'> & { readonly opset: number };

export interface TrainProgress {
  readonly progress: number;
  readonly epoch: number;
  readonly step: number;
}

export interface TrainedEpoch {
  readonly metrics: EpochMetrics;
  readonly progress: number;
}

/** A finished file in the child's folder, which is the worker's from now on. */
export interface WrittenCheckpoint {
  readonly path: string;
  readonly formatVersion: number;
  /** Epochs done, and steps taken. */
  readonly epoch: number;
  readonly step: number;
  /** Of the best epoch so far. */
  readonly validationLoss: number | null;
  readonly trainedSeconds: number;
}

/** One that can't be used. */
export interface DamagedCheckpoint {
  readonly id: string;
  readonly reason: string;
}

export type TrainReport =
  | { readonly type: 'prepared' }
  | ({ readonly type: 'progress' } & TrainProgress)
  | ({ readonly type: 'epoch' } & TrainedEpoch)
  | ({ readonly type: 'checkpoint' } & WrittenCheckpoint)
  | { readonly type: 'checkpoint_failed'; readonly error: JobError }
  | ({ readonly type: 'checkpoint_damaged' } & DamagedCheckpoint)
  | { readonly type: 'finished'; readonly model: TrainedModel }
  | { readonly type: 'failed'; readonly error: JobError; readonly log: string }
  | { readonly type: 'stopped' };

export type TrainMessage =
  /** So many epochs. */
  | { readonly type: 'recorded'; readonly epochs: number }
  | { readonly type: 'checkpoint_taken' }
  | { readonly type: 'stop' };
