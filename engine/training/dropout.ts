/** The masks of dropout for a run of the training program; from seed and step alone, so that a job can go on anywhere. */
import { dropoutMasks, maskShape, type BatchExtent } from '../programs/dropout-masks.ts';
import { fillDropoutMask } from '../random/mask-stream.ts';
import type { Value } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';

export interface Dropout {
  /**
   * Masks for a run, the first of whose optimiser steps is `step`, counted from 0.
   * @param batches - [K] for K steps, or [K,A] for K steps of A parts each
   */
  readonly masks: (step: number, batches: readonly number[], extent: BatchExtent) => Record<string, Value>;
  /** How many numbers the masks of `extent` hold. */
  readonly numbersPerStep: (extent: BatchExtent) => number;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((total, size) => total * size, 1);

export function dropoutOf(network: NetworkShape, seed: number): Dropout {
  const masks = dropoutMasks(network);
  return {
    masks: (step, batches, extent) => {
      const [K = 1, A = 1] = batches;
      return Object.fromEntries(
        masks.map((mask, index) => {
          const shape = maskShape(mask, extent);
          const size = sizeOf(shape);
          const data = new Float32Array(K * A * size);
          for (let part = 0; part < K * A; part++) {
            const own = data.subarray(part * size, (part + 1) * size);
            const which = (part % A) * masks.length + index;
            fillDropoutMask(own, mask.rate, seed, step + Math.floor(part / A), which);
          }
          return [mask.name, { data, dims: [...batches, ...shape] }];
        }),
      );
    },
    numbersPerStep: (extent) => masks.reduce((total, mask) => total + sizeOf(maskShape(mask, extent)), 0),
  };
}
