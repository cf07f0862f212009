import { multiply, subtract } from '../../graph/ops.ts';
import { mean } from './mean.ts';
import type { LossFunction } from './table.ts';

/** Mean squared error over all elements. */
export const mse: LossFunction = (prediction, target) => {
  const difference = subtract(prediction, target);
  return mean(multiply(difference, difference));
};
