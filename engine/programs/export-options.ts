/** What an exported model is made of. */
import type { ForecastOptions } from '../nn/forecasts/forecast.ts';
import type { RegressionLoss } from '../spec/losses.ts';
import type { EncoderDecoderShape } from '../spec/decoder-shape.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { CategoryInput } from '../spec/row-inputs.ts';
import type { FittedScaling } from '../spec/scaling.ts';

/** x_scaled = (x − mean) / std, one of each per column. */
export interface ColumnScaling {
  readonly mean: ArrayLike<number>;
  readonly std: ArrayLike<number>;
}

export interface HeadMeaning extends ForecastOptions {
  readonly loss: RegressionLoss;
}

export const onePerTarget: HeadMeaning = { loss: 'mse', levels: [] };

export interface ExportOptions {
  readonly network: NetworkShape | EncoderDecoderShape;
  /** [P], in the order of parameterLayout, or of writerLayout. */
  readonly parameters: Float32Array;
  readonly horizon: number;
  /** Input columns that are known for the rows that are forecast, too; none if absent. */
  readonly ahead?: readonly number[];
  /** Of the ids at the end of a step, in their order; none if absent. */
  readonly categories?: readonly CategoryInput[];
  /** Of the first input columns; those behind them go in as they are. */
  readonly inputScaling: FittedScaling;
  /** Of the target columns. */
  readonly outputScaling: FittedScaling;
  /** What the head's numbers mean; one for each target if absent. */
  readonly forecast?: HeadMeaning;
  /** Whether the file tells its states and gates, too (see trace.ts). */
  readonly trace?: boolean;
  /** Becomes the file's metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
}
