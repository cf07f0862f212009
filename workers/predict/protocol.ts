/**
 * What a worker and its predicting child say to each other.
 *
 *   worker → child   one order, then `taken` for each chunk that it has dealt with
 *   child → worker   chunk*, predicted | failed      (of a PredictOrder)
 *                    finished | failed               (of a FinishOrder)
 */
import type {
  BatchPrediction,
  BatchPredictionError,
} from '../../domain/batch-predictions/batch-prediction.ts';
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { ModelVersion } from '../../domain/models/model.ts';

export interface PredictOrder {
  readonly kind: 'predict';
  readonly generation: BatchPrediction['generation'];
  readonly version: Pick<ModelVersion, 'card' | 'storageKey' | 'name' | 'version'>;
  /** The ONNX file, and those with which sequences are searched. */
  readonly modelPath: string;
  readonly decoding: { readonly reading: string; readonly step: string } | null;
  /** The dataset's canonical Parquet. */
  readonly tablePath: string;
  readonly rowCount: number;
  /** Rows or series that are done. */
  readonly position: number;
  /** Where chunks are written, which are the worker's from then on. */
  readonly folder: string;
  readonly everySeconds: number;
  /** Sessions side by side, each on a thread. */
  readonly threads: number;
}

export interface FinishOrder {
  readonly kind: 'finish';
  readonly generation: BatchPrediction['generation'];
  readonly card: ModelVersion['card'];
  readonly tablePath: string;
  readonly rowCount: number;
  /** Of the dataset. */
  readonly columns: readonly Pick<ColumnProfile, 'name' | 'type'>[];
  /** Which of them go into the result. */
  readonly kept: readonly string[];
  readonly chunkPaths: readonly string[];
  /** Where the result is written: as it is given away, and as a table. */
  readonly resultPath: string;
  readonly resultTablePath: string;
  readonly folder: string;
}

/** A finished file in the child's folder: a line of JSON for each row of the result. */
export interface WrittenChunk {
  readonly path: string;
  readonly position: number;
  readonly progress: number;
  readonly refused: number;
}

export type PredictReport =
  | ({ readonly type: 'chunk' } & WrittenChunk)
  | { readonly type: 'predicted' }
  | { readonly type: 'finished'; readonly rowCount: number; readonly columns: readonly ColumnProfile[] }
  | { readonly type: 'failed'; readonly error: BatchPredictionError; readonly log: string };

export interface PredictMessage {
  readonly type: 'taken';
}
