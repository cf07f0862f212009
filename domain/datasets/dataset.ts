/**
 * A dataset: an immutable, validated upload with a profile.
 *
 *   uploading → validating → ready | rejected → (deleted)
 *
 * The row is written only when the last byte has been stored, so `uploading` is never seen on the wire.
 */
import { Type, type Static } from 'typebox';
import type { ColumnProfile } from './column-profile.ts';
import { problemHints, type ProblemCode } from './problem-hints.ts';
import type { DatasetFormat, DatasetReading } from './dataset-format.ts';

export { ColumnProfile, ColumnType } from './column-profile.ts';

export const DatasetStatus = Type.Union([
  Type.Literal('validating'),
  Type.Literal('ready'),
  Type.Literal('rejected'),
]);
export type DatasetStatus = Static<typeof DatasetStatus>;

/** Something wrong with the file: the row counts from 1 at the first row after the header; null: the whole file. */
export const DatasetProblem = Type.Object(
  {
    row: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    column: Type.Union([Type.String(), Type.Null()]),
    code: Type.Unsafe<ProblemCode>({ type: 'string', enum: Object.keys(problemHints) }),
    message: Type.String(),
  },
  { additionalProperties: false },
);
export type DatasetProblem = Static<typeof DatasetProblem>;

export interface Dataset {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly status: DatasetStatus;
  readonly format: DatasetFormat;
  readonly reading: DatasetReading;
  /** Of the bytes as uploaded. */
  readonly bytes: number;
  readonly sha256: string;
  readonly onBadRows: 'reject' | 'skip';
  /** Storage keys of the upload and of the canonical Parquet (null until ready). */
  readonly sourceKey: string;
  readonly tableKey: string | null;
  readonly rowCount: number | null;
  readonly columns: readonly ColumnProfile[];
  /** The first 100; `problemCount` counts all. */
  readonly problems: readonly DatasetProblem[];
  readonly problemCount: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
