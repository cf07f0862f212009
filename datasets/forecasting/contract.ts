/** What planning and preparing a forecast give to those who ask: the API (422, dry run) and the training worker. */
import type { ForecastCard } from '../../domain/models/forecast-card.ts';
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { FittedScaling } from '../../engine/spec/scaling.ts';
import type { Frequency } from '../features/frequency.ts';
import type { WindowFrame } from '../features/window-frame.ts';
import type { PlanOf, Planning } from '../tasks/contract.ts';
import type { Calibration } from './conformal.ts';

/** The rows that share one value of `group_by`; all rows when there is none. */
export interface SeriesSummary {
  readonly key: string | null;
  readonly rows: number;
  /** Rows at the start before every column in use has had a value; forward_fill drops them. 0 when not given. */
  readonly leadingMissing?: number;
  /** Rows whose `order_by` value stands in an earlier row of the series too, and the first such value. */
  readonly repeated?: { readonly rows: number; readonly example: string };
}

export interface ForecastPlan extends PlanOf<'forecast'> {
  /** I: input columns. */
  readonly inputSize: number;
  /** P: outputs of the head, one or several for each of horizon × target columns. */
  readonly outputSize: number;
  /** Steps that are written one after the other; of encoder_decoder, whose horizon they are. */
  readonly writtenSteps?: number;
  /** Series that give at least one window. */
  readonly series: number;
}

export type ForecastPlanning = Planning<ForecastPlan>;

/** What was fitted on the training part: without it the weights mean something else. JSON. */
export interface FittedForecast {
  /** Of the scaled channels of the input. */
  readonly inputScaling: FittedScaling;
  /** Of the target columns. */
  readonly outputScaling: FittedScaling;
  /** Categories among the inputs; absent where there are none. */
  readonly categories?: readonly FittedFeature[];
  /** Keys of the series, in the order in which the scaling has them; of scaling per series. */
  readonly seriesKeys?: readonly string[];
}

/** The rows of series as windows that follow each other, and where in them a part's forecasts are made. */
export interface ThroughSeries {
  /** A target after every step; those of other rows than the forecasts of the part have a weight of 0. */
  readonly source: WindowSource;
  /** window · steps + step of each forecast, in the order of the part's windows. */
  readonly places: Uint32Array;
}

export interface PreparedForecast extends FittedForecast {
  /** Training has as many targets as `loss_steps` says, and in stateful training windows that follow each other; validation and test only the one after the last step. */
  readonly parts: {
    readonly training: WindowSource;
    readonly validation: WindowSource;
    readonly test: WindowSource;
  };
  readonly frame: WindowFrame;
  /** Series that give at least one window. */
  readonly series: number;
  /** Steps in a season, as the baseline uses it. */
  readonly seasonality: number;
  /** The median step of `order_by`; null without it. */
  readonly frequency: Frequency | null;
  /**
   * The forecasts of a part as states make them that have gone through their series.
   * @param lead - windows that are read before the first of them, in each series that has so many
   */
  readonly throughSeries: (part: 'validation' | 'test', lead: number) => ThroughSeries;
  /**
   * What to add to quantiles [validation windows, Q, O] so that they keep what they promise there, by level and target column. All of
   * the scaled targets, windows in the order of `parts.validation`.
   */
  calibrate(quantiles: Float32Array): Calibration;
  /**
   * Scores forecasts [test windows, O] and quantiles [test windows, Q, O] (scaled units, windows in the order of `parts.test`) beside the
   * seasonal-naive baseline.
   */
  scoreTest(forecasts: Float32Array, quantiles?: Float32Array): ForecastCard['held_out'];
  /** Gives the memory and the file of the rows back; windows can't be read after it. */
  readonly release: () => void;
}
