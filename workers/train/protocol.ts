/**
 * What a worker and its training child say to each other.
 *
 *   worker → child   one TrainOrder, then `recorded` for epochs that are safe in the database
 *   child → worker   prepared, (progress | epoch)*, finished | failed
 */
import type { ModelCard } from '../../domain/models/model.ts';
import type { EpochMetrics, JobError } from '../../domain/training-jobs/training-job.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';

export interface TrainOrder {
  readonly specification: TrainingSpecification;
  /** The dataset's canonical Parquet. */
  readonly tablePath: string;
  /** Where the ONNX file is to be written. */
  readonly modelPath: string;
  readonly threads: number;
  /** Goes into the file's metadata as it is. */
  readonly lineage: {
    readonly jobId: string;
    readonly unrollVersion: string;
    readonly dataset: { readonly id: string; readonly name: string; readonly sha256: string };
  };
}

/** The parts of the model card that only the child knows. */
export type TrainedModel = Pick<ModelCard, 'parts' | 'frequency' | 'held_out' | 'training'> & {
  readonly opset: number;
};

export interface TrainProgress {
  readonly progress: number;
  readonly epoch: number;
  readonly step: number;
}

export interface TrainedEpoch {
  readonly metrics: EpochMetrics;
  readonly progress: number;
}

export type TrainReport =
  | { readonly type: 'prepared' }
  | ({ readonly type: 'progress' } & TrainProgress)
  | ({ readonly type: 'epoch' } & TrainedEpoch)
  | { readonly type: 'finished'; readonly model: TrainedModel }
  | { readonly type: 'failed'; readonly error: JobError; readonly log: string };

export interface EpochsRecorded {
  readonly type: 'recorded';
  /** How many. */
  readonly epochs: number;
}
