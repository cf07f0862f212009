import { add, divide, log, multiply, scalar, softplus, subtract } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { blocks } from './blocks.ts';
import type { Loss } from './loss.ts';

/** No deviation is smaller, in units of the scaled targets, so that a target that is hit cannot make the loss fall for ever. */
export const smallestDeviation = 1e-3;

export interface Gaussian {
  readonly mean: Tensor;
  readonly deviation: Tensor;
}

/** @param head - [..,2·O]: O means, then what becomes O deviations by softplus, as in DeepAR (Salinas et al. 2020) */
export function gaussianOf(head: Tensor): Gaussian {
  const [mean, width] = blocks(head, 2);
  return { mean: mean!, deviation: add(softplus(width!), scalar(smallestDeviation)) };
}

/** Negative log-likelihood of a normal distribution: log σ + ((y − μ) / σ)² / 2 + log(2π) / 2. */
export const gaussian: Loss = {
  targetSize: (outputSize) => outputSize / 2,
  elements: (prediction, target) => {
    const { mean, deviation } = gaussianOf(prediction);
    const z = divide(subtract(target, mean), deviation);
    const distance = add(multiply(multiply(z, z), scalar(0.5)), scalar(Math.log(2 * Math.PI) / 2));
    return add(log(deviation), distance);
  },
};
