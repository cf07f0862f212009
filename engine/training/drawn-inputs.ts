/** What is drawn for a run of the training program; from seed and step alone, so that a job can go on anywhere. */
import { drawnShape, type BatchExtent, type DrawnInput } from '../programs/drawn-inputs.ts';
import { fillDropoutMask } from '../random/mask-stream.ts';
import { randomStream, type RandomStream } from '../random/random-stream.ts';
import type { Value } from '../runtime/session.ts';

export interface Draws {
  /**
   * Inputs for a run, the first of whose optimiser steps is `step`, counted from 0.
   * @param leading - [K] for K steps, or [K,A] for K steps of A parts each
   */
  readonly inputs: (step: number, leading: readonly number[], extent: BatchExtent) => Record<string, Value>;
  /** How many numbers they hold for one step of one batch. */
  readonly numbersPerStep: (extent: BatchExtent) => number;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((total, size) => total * size, 1);

/** @param probability - of a coin that says 1, at an optimiser step counted from 0 */
export function drawsOf(
  drawn: readonly DrawnInput[],
  seed: number,
  probability: (step: number) => number,
): Draws {
  const masks = drawn.filter(({ draws }) => draws === 'mask');
  return {
    inputs: (step, leading, extent) => {
      const [K = 1, A = 1] = leading;
      return Object.fromEntries(
        drawn.map((input) => {
          const shape = drawnShape(input, extent);
          const size = sizeOf(shape);
          const data = new Float32Array(K * A * size);
          for (let part = 0; part < K * A; part++) {
            const own = data.subarray(part * size, (part + 1) * size);
            const at = step + Math.floor(part / A);
            if (input.draws === 'mask') {
              const which = (part % A) * masks.length + masks.indexOf(input);
              fillDropoutMask(own, input.rate, seed, at, which);
            } else {
              const random = randomStream(seed, `scheduled sampling ${at} ${part % A}`);
              own.set(tossed(own.length - extent.N, probability(at), random), extent.N);
            }
          }
          return [input.name, { data, dims: [...leading, ...shape] }];
        }),
      );
    },
    numbersPerStep: (extent) => drawn.reduce((total, input) => total + sizeOf(drawnShape(input, extent)), 0),
  };
}

const tossed = (count: number, probability: number, random: RandomStream): Float32Array =>
  Float32Array.from({ length: count }, () => (random.next() < probability ? 1 : 0));

/** Coins that all say 1, where a problem has some: of a network that is judged as it will be used. */
export function onItsOwn(drawn: readonly DrawnInput[], extent: BatchExtent): Record<string, Value> {
  return Object.fromEntries(
    drawn
      .filter(({ draws }) => draws === 'coins')
      .map((coins) => {
        const dims = drawnShape(coins, extent);
        return [coins.name, { data: new Float32Array(sizeOf(dims)).fill(1, extent.N), dims }];
      }),
  );
}
