/** Pooling over time: one vector of what all steps of a sequence came to. */
import {
  add,
  dimension,
  divide,
  multiply,
  reduceMax,
  reduceSum,
  reshape,
  scalar,
  subtract,
} from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Pooling } from '../../spec/pooling.ts';

export interface Steps {
  /** [T,W,N], of every step. */
  readonly outputs: Tensor;
  /** [W,N], of the step that was done last. */
  readonly last: Tensor;
}

/** So much less than what a step of padding came to that it is never the largest; behind it, float32 has no digit left for what that was. */
export const farBelow = 1e30;

const pools: Record<Pooling, (steps: Steps, padding: Tensor | undefined) => Tensor> = {
  last: ({ last }) => last,
  mean: ({ outputs }, padding) =>
    padding
      ? divide(reduceSum(multiply(outputs, beside(padding)), [0]), reduceSum(padding, [0]))
      : divide(reduceSum(outputs, [0]), dimension(outputs.shape[0]!)),
  max: ({ outputs }, padding) =>
    reduceMax(
      // 0 is added to real steps: it leaves them as they are
      padding ? add(outputs, beside(multiply(subtract(padding, scalar(1)), scalar(farBelow)))) : outputs,
      [0],
    ),
};

/**
 * @param padding - [T,N]: 1 for the steps of a sequence, of which there is at least one, and 0 for its padding; there is none if absent
 * @returns [W,N]
 */
export const pool = (pooling: Pooling, steps: Steps, padding: Tensor | undefined): Tensor =>
  pools[pooling](steps, padding);

/** [T,N] → [T,1,N]. */
const beside = (mask: Tensor): Tensor => reshape(mask, [mask.shape[0]!, 1, mask.shape[1]!]);
