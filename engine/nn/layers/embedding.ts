/** A learned vector for each symbol. */
import { gather, transpose } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';

/**
 * @param table - [V,E]
 * @param ids - […,N], whole numbers from 0 to V − 1
 * @returns […,E,N]
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  const rank = ids.shape.length;
  const axes = Array.from({ length: rank - 1 }, (_, axis) => axis);
  return transpose(gather(table, ids), [...axes, rank, rank - 1]);
}
