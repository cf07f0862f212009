/** Takes optimiser steps: cuts batches, runs the training program on them, and keeps the state between runs. */
import { optimizerOf } from '../nn/optimizers/table.ts';
import type { Session, Value } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { TrainingOptions } from '../spec/training.ts';
import { dropoutOf } from './dropout.ts';
import type { LearningRate } from './learning-rate.ts';
import type { Run } from './mini-batches.ts';
import { paddingMask } from './padding.ts';
import type { WindowSource } from './window-source.ts';

/** The loss or its gradient is not a finite number any more. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
  /** The optimiser step, counted from 1. */
  readonly step: number;

  constructor(step: number, loss: number) {
    super(`expected a finite loss and gradient, got a loss of ${loss} at step ${step}`);
    this.step = step;
  }
}

export interface OptimizerSteps {
  /** Steps taken so far. */
  readonly taken: () => number;
  /** [P] */
  readonly parameters: () => Float32Array;
  /** The parameters and what the optimiser keeps, by name, each [P]. A run makes new ones: these never change. */
  readonly vectors: () => Readonly<Record<string, Float32Array>>;
  /**
   * Takes the steps of a run.
   * @returns of each step the loss, what it counts in a mean (the sum of its weights, or its windows), and the gradient's norm
   *   before clipping
   * @throws DivergedError, with the state as it was before the run
   */
  readonly take: (
    run: Run,
  ) => Promise<{ losses: Float32Array; counts: ArrayLike<number>; gradientNorms: Float32Array }>;
  /** How many numbers go into one step of whole batches: inputs, targets and masks. */
  readonly numbersPerStep: number;
}

interface OptimizerStepsOptions {
  readonly session: Session;
  readonly network: NetworkShape;
  readonly training: TrainingOptions;
  readonly source: WindowSource;
  readonly rate: LearningRate;
  /** Where it starts: the parameters [P] alone, or all vectors after so many steps. */
  readonly from:
    Float32Array | { readonly vectors: Readonly<Record<string, Float32Array>>; readonly taken: number };
}

export function optimizerSteps(options: OptimizerStepsOptions): OptimizerSteps {
  const { session, network, training, source, rate, from } = options;
  const { steps: longest, inputSize: I, targetSteps: S, outputSize: O, weightsPerOutput: W = 0 } = source;
  const optimizer = optimizerOf(training.optimizer);
  const dropout = dropoutOf(network, training.seed);
  /** `parameters`, and what the optimiser keeps, by name; each [P]. */
  const given = from instanceof Float32Array ? { parameters: from } : from.vectors;
  const P = given.parameters!.length;
  let vectors: Record<string, Value> = Object.fromEntries(
    ['parameters', ...optimizer.state].map((name) => [
      name,
      { data: given[name] ?? new Float32Array(P), dims: [P] },
    ]),
  );
  let taken = from instanceof Float32Array ? 0 : from.taken;

  const schedule = (K: number): Record<string, Value> => {
    const steps = Array.from({ length: K }, (_, k) =>
      optimizer.scheduleAt(taken + k + 1, rate.at(taken + k)),
    );
    return Object.fromEntries(
      optimizer.schedule.map((name, index) => [
        name,
        { data: Float32Array.from(steps, (numbers) => numbers[index]!), dims: [K] },
      ]),
    );
  };

  return {
    taken: () => taken,
    parameters: () => vectors.parameters!.data,
    vectors: () => Object.fromEntries(Object.entries(vectors).map(([name, { data }]) => [name, data])),
    numbersPerStep:
      training.batch_size * (longest * I + S * (O + W)) +
      dropout.numbersPerStep({ T: longest, N: training.batch_size }),
    async take({ windows, steps: K, parts: A, partSize: N, T }) {
      const x = new Float32Array(K * A * T * N * I);
      const y = new Float32Array(K * A * S * N * O);
      const weights = new Float32Array(K * A * S * N * W);
      for (let part = 0; part < K * A; part++) {
        source.read(
          windows.subarray(part * N, (part + 1) * N),
          x.subarray(part * T * N * I, (part + 1) * T * N * I),
          y.subarray(part * S * N * O, (part + 1) * S * N * O),
          weights.subarray(part * S * N * W, (part + 1) * S * N * W),
        );
      }
      const batches = training.accumulate > 1 ? [K, A] : [K];
      const results = await session.run({
        ...vectors,
        ...schedule(K),
        ...dropout.masks(taken, batches, { T, N }),
        x: { data: x, dims: [...batches, T, N, I] },
        y: { data: y, dims: [...batches, S, N, O] },
        ...(W > 0 && { weights: { data: weights, dims: [...batches, S, N, W] } }),
        ...paddingMask(source, windows, { batches, T, N }),
      });
      const losses = results.loss!.data;
      const gradientNorms = results.gradient_norm!.data;
      for (let k = 0; k < K; k++) {
        if (!Number.isFinite(losses[k]!) || !Number.isFinite(gradientNorms[k]!)) {
          throw new DivergedError(taken + k + 1, losses[k]!);
        }
      }
      vectors = Object.fromEntries(Object.keys(vectors).map((name) => [name, results[`next_${name}`]!]));
      taken += K;
      const counts = results.weight?.data ?? new Float64Array(K).fill(A * N);
      return { losses, counts, gradientNorms };
    },
  };
}
