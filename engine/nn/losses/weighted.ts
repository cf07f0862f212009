/** The mean of a loss in which some targets count more than others, and some not at all. */
import { divide, maximum, multiply, reduceSum, reshape, scalar } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** Below any sum of weights that is not 0, so that where nothing counts the loss is 0 / tiny = 0 and no NaN. */
const tiny = 1e-30;

export interface WeightedLoss {
  /** Σ w·l, shape []. */
  readonly total: Tensor;
  /** Σ w, shape []. */
  readonly weight: Tensor;
}

/**
 * @param elements - [S,N,E], the loss of each target
 * @param weights - [S,N,W], none negative. W divides E: each weight is of E/W neighbours, whose mean counts. W is 1 for one
 *   weight of each output, or the horizon for one of each row that is forecast
 */
export function weighted(elements: Tensor, weights: Tensor): WeightedLoss {
  const [S, N, W] = weights.shape as [string, string, number];
  const neighbours = (elements.shape[2] as number) / W;
  const means =
    neighbours === 1
      ? elements
      : multiply(reduceSum(reshape(elements, [S, N, W, neighbours]), [3]), scalar(1 / neighbours));
  return { total: reduceSum(multiply(means, weights), [0, 1, 2]), weight: reduceSum(weights, [0, 1, 2]) };
}

/** Σ w·l / Σ w; 0 where all weights are 0. Works for a gradient of the total, too. */
export const overWeight = (total: Tensor, weight: Tensor): Tensor =>
  divide(total, maximum(weight, scalar(tiny)));
