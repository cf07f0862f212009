/** What a network's outputs say of each target: one number, quantiles, and the distribution that they are of. */
import type { Tensor } from '../../graph/tensor.ts';

/** Tensors [..,O]. */
export interface Forecast {
  /** The one number: the mean of a distribution, the median of quantiles, or the output itself. */
  readonly point: Tensor;
  /** One for each level, none below the one before; none of losses that know of no distribution. */
  readonly quantiles: readonly Tensor[];
  /** Of the distribution, where there is one. */
  readonly deviation?: Tensor;
  readonly degreesOfFreedom?: Tensor;
}

/** What is added to each quantile before it is told, by level and then by target column; of the scaled targets. */
export type Calibration = readonly (readonly number[])[];

export interface ForecastOptions {
  /** Of the quantiles, in rising order. */
  readonly levels: readonly number[];
  /** None if absent. */
  readonly calibration?: Calibration | undefined;
}
