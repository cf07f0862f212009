/** What planning and preparing rows give, whatever comes out. */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { TaskKind } from '../../engine/spec/tasks.ts';
import type { RowInputs } from '../../engine/spec/row-inputs.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { Cell, Value } from '../tables/cells.ts';
import type { PlanOf } from '../tasks/contract.ts';
import type { PartName } from '../windows/windows.ts';
import type { EncodedRows } from './encoded-rows.ts';
import type { Keeping } from './kept-numbers.ts';
import type { TargetRows } from './row-source.ts';
import type { PartRows } from './split.ts';

/** Tasks in which each row of the table is an example. */
export type RowTaskKind = 'classification' | 'multilabel' | 'regression';

/** A value of a column, and how many rows have it. */
export interface ValueCount {
  readonly value: Cell;
  readonly rows: number;
}

export interface RowPlan<Kind extends TaskKind & RowTaskKind> extends PlanOf<Kind> {
  /** The inputs of the exported file. */
  readonly inputs: RowInputs;
}

/** The columns of a table that decide what is learnt, in the order of its rows: targets that are cells, and what parts go by. All others are read row by row. */
export interface ReadRows {
  readonly tablePath: string;
  /** Columns that have a value in every row. */
  readonly complete: readonly string[];
  /** [rows] */
  readonly column: (name: string) => readonly Value[];
  /** [rows], of a column without vectors, recordings and images. */
  readonly cells: (name: string) => readonly Cell[];
  readonly count: number;
  /** Rows that are not among these, since they lack an input. */
  readonly leftOut: number;
}

/** What preparing a task of rows is asked for. */
export interface Preparing<Specification, Fitted> {
  readonly tablePath: string;
  readonly specification: Specification;
  /** Of another training, instead of what is fitted on this table. */
  readonly fitted?: Fitted | undefined;
  /** For files that are not needed afterwards. */
  readonly workFolder?: string | undefined;
  /** Of what is read again and again; in memory alone if absent. */
  readonly keeping?: Keeping | undefined;
}

export interface PreparedInputs {
  readonly features: readonly FittedFeature[];
  readonly inputs: RowInputs;
  /** Of all rows of the table. */
  readonly encoded: EncodedRows;
  readonly split: PartRows;
  /** @param targets - of all rows; @param part - weights count in training and validation alone */
  readonly sourceOf: (part: PartName, targets: TargetRows) => WindowSource;
}
