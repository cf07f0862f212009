import { multiply, subtract } from '../../graph/ops.ts';
import { pointLoss } from './loss.ts';

/** Squared error. */
export const mse = pointLoss((prediction, target) => {
  const difference = subtract(prediction, target);
  return multiply(difference, difference);
});
