/**
 * Adam (Kingma & Ba 2015, algorithm 1), with epsilon added after the bias correction, as PyTorch does.
 *
 *   m = β1 m + (1 − β1) g      v = β2 v + (1 − β2) g²
 *   p = p − α / (1 − β1^t) · m / (√(v / (1 − β2^t)) + ε)
 */
import { add, divide, multiply, scalar, sqrt, subtract } from '../../graph/ops.ts';
import type { AdamSpecification } from '../../spec/optimizers.ts';
import type { Optimizer } from './optimizer.ts';

export const adam: Optimizer<Omit<AdamSpecification, 'type'>> = {
  state: () => ['first_moment', 'second_moment'],
  schedule: ['step_size', 'root_correction'],
  scheduleAt: ({ beta1, beta2 }, t, learningRate) => [
    learningRate / (1 - beta1 ** t),
    1 / Math.sqrt(1 - beta2 ** t),
  ],
  update: (
    { beta1, beta2, epsilon },
    { parameters, state: [m, v] },
    gradient,
    [stepSize, rootCorrection],
  ) => {
    const firstMoment = add(multiply(m!, scalar(beta1)), multiply(gradient, scalar(1 - beta1)));
    const secondMoment = add(
      multiply(v!, scalar(beta2)),
      multiply(multiply(gradient, gradient), scalar(1 - beta2)),
    );
    const denominator = add(multiply(sqrt(secondMoment), rootCorrection!), scalar(epsilon));
    const step = divide(multiply(firstMoment, stepSize!), denominator);
    return { parameters: subtract(parameters, step), state: [firstMoment, secondMoment] };
  },
};
