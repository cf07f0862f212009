import {
  add,
  constant,
  multiply,
  reduceSum,
  relu,
  negate,
  reshape,
  scalar,
  subtract,
} from '../../graph/ops.ts';
import type { QuantileLoss } from '../../spec/losses.ts';
import type { Loss } from './loss.ts';

/**
 * Pinball loss (Koenker & Bassett 1978), the mean over the quantiles τ: τ·d where the target is d above the forecast, (1 − τ)·|d| where
 * it is below. Both are τ·d + max(−d, 0). The head gives all forecasts of the first quantile, then all of the second, and so on.
 */
export const quantile = ({ quantiles }: QuantileLoss): Loss => ({
  targetSize: (outputSize) => outputSize / quantiles.length,
  elements: (prediction, target) => {
    const Q = quantiles.length;
    const [S, N, O] = target.shape as [string, string, number];
    const difference = subtract(reshape(target, [S, N, 1, O]), reshape(prediction, [S, N, Q, O]));
    const loss = add(multiply(difference, constant(quantiles, [Q, 1])), relu(negate(difference)));
    return multiply(reduceSum(loss, [2]), scalar(1 / Q));
  },
});
