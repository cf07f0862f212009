/**
 * Adam (Kingma & Ba 2015, algorithm 1), with epsilon added after the bias correction, as PyTorch does.
 *
 *   m = β1 m + (1 − β1) g      v = β2 v + (1 − β2) g²
 *   p = p − α / (1 − β1^t) · m / (√(v / (1 − β2^t)) + ε)
 *
 * The two factors that depend on the step number t come from outside, worked out in float64.
 */
import { add, divide, multiply, scalar, sqrt, subtract } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { AdamSpecification } from '../../spec/training.ts';

export interface AdamState {
  /** All [P]: parameters, first and second moments. */
  readonly parameters: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
}

/**
 * @param gradient - [P]
 * @param schedule - scalars: stepSize α / (1 − β1^t), and rootCorrection 1 / √(1 − β2^t)
 */
export function adam(
  { beta1, beta2, epsilon }: AdamSpecification,
  state: AdamState,
  gradient: Tensor,
  schedule: { readonly stepSize: Tensor; readonly rootCorrection: Tensor },
): AdamState {
  const firstMoment = add(multiply(state.firstMoment, scalar(beta1)), multiply(gradient, scalar(1 - beta1)));
  const secondMoment = add(
    multiply(state.secondMoment, scalar(beta2)),
    multiply(multiply(gradient, gradient), scalar(1 - beta2)),
  );
  const denominator = add(multiply(sqrt(secondMoment), schedule.rootCorrection), scalar(epsilon));
  const update = divide(multiply(firstMoment, schedule.stepSize), denominator);
  return { parameters: subtract(state.parameters, update), firstMoment, secondMoment };
}

/** The factors of step t (counted from 1). */
export function adamSchedule(
  { beta1, beta2, learning_rate }: AdamSpecification,
  t: number,
): { stepSize: number; rootCorrection: number } {
  return {
    stepSize: learning_rate / (1 - beta1 ** t),
    rootCorrection: 1 / Math.sqrt(1 - beta2 ** t),
  };
}
