/** Trained parameters as constants of a graph. */
import { weights } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Parameter } from './parameters.ts';

/** @param parameters - [P], in the order of `layout`; @returns tensors [rows,columns] under their own names */
export const trainedWeights = (
  layout: readonly Parameter[],
  parameters: Float32Array,
): ReadonlyMap<string, Tensor> =>
  new Map(
    layout.map(({ name, shape, offset, size }) => [
      name,
      weights(name, parameters.subarray(offset, offset + size), shape),
    ]),
  );
