import { dimension, divide, reduceSum } from '../../graph/ops.ts';
import { product } from '../../graph/dimensions.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** The mean of all elements, shape []. */
export const mean = (x: Tensor): Tensor =>
  divide(
    reduceSum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    dimension(product(x.shape)),
  );
