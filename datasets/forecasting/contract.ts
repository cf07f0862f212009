/** What planning and preparing a forecast give to those who ask: the API (422, dry run) and the training worker. */
import type { ModelCard } from '../../domain/models/model.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { Frequency } from '../features/frequency.ts';

/** The rows that share one value of `group_by`; all rows when there is none. */
export interface SeriesSummary {
  readonly key: string | null;
  readonly rows: number;
  /** Rows at the start before every column in use has had a value; forward_fill drops them. 0 when not given. */
  readonly leadingMissing?: number;
  /** Rows whose `order_by` value stands in an earlier row of the series too, and the first such value. */
  readonly repeated?: { readonly rows: number; readonly example: string };
}

export interface FieldProblem {
  /** JSON Pointer into the body of POST /v1/training-jobs. */
  readonly pointer: string;
  readonly message: string;
}

export interface ForecastPlan {
  /** I: input columns. */
  readonly inputSize: number;
  /** O: horizon × target columns. */
  readonly outputSize: number;
  readonly windows: { readonly training: number; readonly validation: number; readonly test: number };
  /** Series that give at least one window. */
  readonly series: number;
}

export interface ForecastPlanning {
  /** Empty if and only if there is a plan. */
  readonly errors: FieldProblem[];
  readonly warnings: string[];
  readonly plan: ForecastPlan | null;
}

/** Per column, in the order of the specification's inputs or targets: scaled = (raw - mean) / std. */
export interface ColumnScaling {
  readonly mean: number[];
  readonly std: number[];
}

export interface PreparedForecast {
  /** Training has a target after every step when `loss_steps` is all; validation and test only after the last. */
  readonly parts: {
    readonly training: WindowSource;
    readonly validation: WindowSource;
    readonly test: WindowSource;
  };
  readonly inputScaling: ColumnScaling;
  readonly outputScaling: ColumnScaling;
  /** Series that give at least one window. */
  readonly series: number;
  /** Steps in a season, as the baseline uses it. */
  readonly seasonality: number;
  /** The median step of `order_by`; null without it. */
  readonly frequency: Frequency | null;
  /** Scores forecasts [test windows, O] (scaled units, windows in the order of `parts.test`) beside the seasonal-naive baseline. */
  scoreTest(predictionsScaled: Float32Array): ModelCard['held_out'];
}
