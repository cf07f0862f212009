/** From the head of a network to forecasts, in units of the scaled targets. */
import { add, constant, divide, maximum, minimum, multiply, scalar, subtract } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { RegressionLoss, RegressionLossKind } from '../../spec/losses.ts';
import { blocks } from '../losses/blocks.ts';
import { gaussianOf } from '../losses/gaussian.ts';
import { studentTDeviation, studentTOf } from '../losses/student-t.ts';
import type { Forecast, ForecastOptions } from './forecast.ts';
import { normalQuantile, studentTQuantilePolynomial } from './student-t-quantile.ts';

type Decoder = (head: Tensor, levels: readonly number[]) => Forecast;

const point: Decoder = (head) => ({ point: head, quantiles: [] });

const decoders: Record<RegressionLossKind, Decoder> = {
  mse: point,
  mae: point,
  huber: point,
  quantile: (head, levels) => {
    const quantiles = blocks(head, levels.length);
    return { point: quantiles[levels.indexOf(0.5)]!, quantiles };
  },
  gaussian: (head, levels) => {
    const { mean, deviation } = gaussianOf(head);
    const quantiles = levels.map((level) => add(mean, multiply(deviation, scalar(normalQuantile(level)))));
    return { point: mean, quantiles, deviation };
  },
  student_t: (head, levels) => {
    const distribution = studentTOf(head);
    const { location, scale, degreesOfFreedom } = distribution;
    const v = subtract(divide(scalar(4), degreesOfFreedom), scalar(1));
    const quantiles = levels.map((level) => {
      const [first, ...rest] = studentTQuantilePolynomial(level);
      const t = rest.reduce<Tensor>(
        (sum, coefficient) => add(multiply(sum, v), scalar(coefficient)),
        scalar(first!),
      );
      return add(location, multiply(scale, t));
    });
    return { point: location, quantiles, deviation: studentTDeviation(distribution), degreesOfFreedom };
  },
};

/**
 * @param head - [..,P], as the network gives it
 * @returns tensors [..,O]. Quantiles are sorted, before and after calibration, which brings them no further from the truth
 *   (Chernozhukov et al. 2010). The point of quantiles is the one of level 0.5, which has to be among them
 */
export function forecastOf(
  loss: RegressionLoss,
  head: Tensor,
  { levels, calibration }: ForecastOptions,
): Forecast {
  const kind = typeof loss === 'string' ? loss : loss.type;
  const forecast = decoders[kind](head, levels);
  const known = kind === 'quantile' ? sorted(forecast.quantiles) : forecast.quantiles;
  const quantiles = calibration
    ? sorted(known.map((quantile, level) => add(quantile, everyTarget(calibration[level]!, quantile))))
    : known;
  return {
    ...forecast,
    quantiles,
    ...(kind === 'quantile' && { point: quantiles[levels.indexOf(0.5)]! }),
  };
}

/** Numbers of K target columns, for all steps of a horizon: [O], as [..,O] has them. */
function everyTarget(values: readonly number[], like: Tensor): Tensor {
  const size = like.shape.at(-1) as number;
  return constant(
    Array.from({ length: size }, (_, index) => values[index % values.length]!),
    [size],
  );
}

/** Element by element in rising order: neighbours change places until all are in order. */
function sorted(tensors: readonly Tensor[]): readonly Tensor[] {
  const order = [...tensors];
  for (let end = order.length - 1; end > 0; end--) {
    for (let index = 0; index < end; index++) {
      const [a, b] = [order[index]!, order[index + 1]!];
      [order[index], order[index + 1]] = [minimum(a, b), maximum(a, b)];
    }
  }
  return order;
}
