import { absolute, minimum, multiply, scalar, subtract } from '../../graph/ops.ts';
import { pointLoss } from './loss.ts';

/**
 * Huber's loss (Huber 1964) with δ = 1: d²/2 up to |d| = 1 and |d| − 1/2 beyond, so that outliers pull no harder than
 * others. With a = min(|d|, 1) both are a · (|d| − a/2).
 */
export const huber = pointLoss((prediction, target) => {
  const distance = absolute(subtract(prediction, target));
  const near = minimum(distance, scalar(1));
  return multiply(near, subtract(distance, multiply(near, scalar(0.5))));
});
