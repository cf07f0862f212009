/** What there is to know of a loss. */
import type { Tensor } from '../../graph/tensor.ts';

export interface Loss {
  /** O: how many numbers a target has where the network's output has P. */
  readonly targetSize: (outputSize: number) => number;
  /**
   * The loss of each target by itself, before any mean or weight.
   * @param prediction - [S,N,P], as it comes from the network's head
   * @param target - [S,N,O]
   * @returns [S,N,E], where E is O or another multiple of the horizon, which is outermost in it as in the target
   */
  readonly elements: (prediction: Tensor, target: Tensor) => Tensor;
}

/** A loss of one output for each target. */
export const pointLoss = (elements: Loss['elements']): Loss => ({
  targetSize: (outputSize) => outputSize,
  elements,
});
