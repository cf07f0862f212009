/** Outputs of several kinds side by side: all of the first kind, then all of the second, and so on. */
import { split } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** Cuts the last axis into `count` equal blocks. */
export function blocks(x: Tensor, count: number): readonly Tensor[] {
  const axis = x.shape.length - 1;
  const size = (x.shape[axis] as number) / count;
  if (!Number.isInteger(size)) {
    throw new Error(`internal: expected a multiple of ${count} outputs, got ${x.shape[axis]}`);
  }
  return count === 1 ? [x] : split(x, axis, new Array<number>(count).fill(size));
}
