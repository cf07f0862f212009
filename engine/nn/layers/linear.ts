/** y = W x + b. */
import { add, matmul } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';

/**
 * @param weight - [O,H]
 * @param bias - [O,1]
 * @param x - [H,N], or [T,H,N] for all steps at once
 * @returns [O,N] or [T,O,N]
 */
export const linear = (weight: Tensor, bias: Tensor, x: Tensor): Tensor => add(matmul(weight, x), bias);
