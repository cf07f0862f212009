/** The masks of dropout for a run of the training program; from seed and step alone, so that a job can go on anywhere. */
import { dropoutMasks, maskShape, type BatchExtent } from '../programs/dropout-masks.ts';
import { fillDropoutMask } from '../random/mask-stream.ts';
import type { Value } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';

export interface Dropout {
  /** Masks [K,…] for K optimiser steps, the first of which is `step`, counted from 0. */
  readonly masks: (step: number, K: number, extent: BatchExtent) => Record<string, Value>;
  /** How many numbers one step's masks hold. */
  readonly numbersPerStep: (extent: BatchExtent) => number;
}

export function dropoutOf(network: NetworkShape, seed: number): Dropout {
  const masks = dropoutMasks(network);
  const sizeOf = (shape: readonly number[]) => shape.reduce((total, size) => total * size, 1);
  return {
    masks: (step, K, extent) =>
      Object.fromEntries(
        masks.map((mask, index) => {
          const shape = maskShape(mask, extent);
          const size = sizeOf(shape);
          const data = new Float32Array(K * size);
          for (let k = 0; k < K; k++) {
            fillDropoutMask(data.subarray(k * size, (k + 1) * size), mask.rate, seed, step + k, index);
          }
          return [mask.name, { data, dims: [K, ...shape] }];
        }),
      ),
    numbersPerStep: (extent) => masks.reduce((total, mask) => total + sizeOf(maskShape(mask, extent)), 0),
  };
}
