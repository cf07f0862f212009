/** What reading an upload takes and gives, whatever its format. */
import type { ColumnProfile, DatasetProblem } from '../../domain/datasets/dataset.ts';

export interface IngestOptions {
  readonly sourcePath: string;
  /** The Parquet file to write: whole, or not at all. */
  readonly tablePath: string;
  /** A folder for temporary files; what is written there is removed again. */
  readonly workDirectory: string;
  /** reject: any bad row refuses the file; skip: bad rows are left out and listed. */
  readonly onBadRows: 'reject' | 'skip';
  readonly signal?: AbortSignal;
}

export type IngestResult =
  | {
      readonly status: 'ready';
      readonly rowCount: number;
      readonly columns: ColumnProfile[];
      /** The first 100, by row; `problemCount` counts all. */
      readonly problems: DatasetProblem[];
      readonly problemCount: number;
    }
  | {
      readonly status: 'rejected';
      readonly problems: DatasetProblem[];
      readonly problemCount: number;
    };
