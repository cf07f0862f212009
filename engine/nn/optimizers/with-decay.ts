import { add, multiply, scalar } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** g + λ p, for the parameters that decay: the gradient of the loss plus λ/2 ‖p‖². */
export const withDecay = (
  gradient: Tensor,
  parameters: Tensor,
  weightDecay: number,
  decayed: Tensor,
): Tensor =>
  weightDecay === 0 ? gradient : add(gradient, multiply(multiply(parameters, decayed), scalar(weightDecay)));
