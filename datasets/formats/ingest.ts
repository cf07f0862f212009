/** What reading an upload takes and gives, whatever its format. */
import type { ColumnProfile, DatasetProblem } from '../../domain/datasets/dataset.ts';
import type { DatasetFormat, DatasetReading } from '../../domain/datasets/dataset-format.ts';

export interface IngestOptions {
  readonly sourcePath: string;
  readonly format: DatasetFormat;
  /** What the upload said of itself. */
  readonly reading: DatasetReading;
  /** The Parquet file to write: whole, or not at all. */
  readonly tablePath: string;
  /** A folder for temporary files; what is written there is removed again. */
  readonly workDirectory: string;
  /** reject: any bad row refuses the file; skip: bad rows are left out and listed. */
  readonly onBadRows: 'reject' | 'skip';
  /** What a compressed file or an archive may hold. */
  readonly maxUnpackedBytes: number;
  readonly signal?: AbortSignal;
}

/** What a format's reader is given: a file that is not compressed, and a folder that is its own. */
export interface ReaderOptions extends IngestOptions {
  readonly folder: string;
  /** Where to write the table; it becomes `tablePath` when the reader is done. */
  readonly partialPath: string;
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

export type Reader = (o: ReaderOptions) => Promise<IngestResult>;
