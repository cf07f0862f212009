/** Layer normalisation (Ba et al. 2016, equation 4), of each of several blocks of features by itself. */
import { add, divide, multiply, reduceSum, reshape, scalar, sqrt, subtract } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';

const epsilon = 1e-5;

/**
 * @param x - [B·H,N]: B blocks of H features
 * @param gain - [B·H,1]
 * @returns gain ∘ (x − mean) / √(variance + 1e-5), mean and (population) variance over the features of a block
 */
export function layerNorm(x: Tensor, gain: Tensor, blocks: number): Tensor {
  const [rows, N] = [x.shape[0] as number, x.shape[1]!];
  const H = rows / blocks;
  const mean = (tensor: Tensor) => reshape(multiply(reduceSum(tensor, [1]), scalar(1 / H)), [blocks, 1, N]);
  const separate = reshape(x, [blocks, H, N]);
  const centred = subtract(separate, mean(separate));
  const deviation = sqrt(add(mean(multiply(centred, centred)), scalar(epsilon)));
  return multiply(reshape(divide(centred, deviation), [rows, N]), gain);
}
