/** y = W x + b as one product: b is a last column of W, and x gets a last row of ones. So is the gradient of both. */
import { concat, fill, matmul } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';

/**
 * @param weight - [O,I]
 * @param bias - [O,1]
 * @param x - [I,N]
 * @returns [O,N]
 */
export const affine = (weight: Tensor, bias: Tensor, x: Tensor): Tensor =>
  matmul(concat([weight, bias], 1), concat([x, fill(1, [1, x.shape[1]!])], 0));
