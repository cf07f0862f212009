/** Gradient clipping, against gradients that explode (Pascanu et al. 2013). */
import { add, divide, maximum, minimum, multiply, reduceSum, scalar, sqrt } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** The Euclidean norm of a vector [P]; shape []. */
export const globalNorm = (gradient: Tensor): Tensor => sqrt(reduceSum(multiply(gradient, gradient), [0]));

/** g · min(1, largest / (‖g‖ + 1e-6)), with PyTorch's 1e-6. */
export const clipByGlobalNorm = (gradient: Tensor, norm: Tensor, largest: number): Tensor =>
  multiply(gradient, minimum(scalar(1), divide(scalar(largest), add(norm, scalar(1e-6)))));

/** Every element between −largest and largest. */
export const clipByValue = (gradient: Tensor, largest: number): Tensor =>
  maximum(scalar(-largest), minimum(scalar(largest), gradient));
