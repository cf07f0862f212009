/** Takes optimiser steps on batches that are handed in, and keeps the state between runs. */
import { optimizerOf } from '../nn/optimizers/table.ts';
import type { Session, Value } from '../runtime/session.ts';
import type { OptimizerSpecification } from '../spec/optimizers.ts';
import type { Carrying } from './carried-batches.ts';
import { firstRows } from './carried-rows.ts';

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

export interface OptimizerRuns {
  /** Steps taken so far. */
  readonly taken: () => number;
  /** [P] */
  readonly parameters: () => Float32Array;
  /** The parameters and what the optimiser keeps, by name, each [P]. A run makes new ones: these never change. */
  readonly vectors: () => Readonly<Record<string, Float32Array>>;
  /** The states that go on, by name, [H,N] of the batch that was read last. */
  readonly carried: () => Readonly<Record<string, Float32Array>>;
  /**
   * Takes K steps.
   * @param inputs - those of the problem, data and what is drawn, behind an axis K
   * @returns of each step the loss, the sum of its weights, where it has some, and the gradient's norm before clipping
   * @throws DivergedError, with the state as it was before the run
   */
  readonly take: (
    K: number,
    inputs: Readonly<Record<string, Value>>,
  ) => Promise<{ losses: Float32Array; weights: Float32Array | null; gradientNorms: Float32Array }>;
}

interface OptimizerRunsOptions {
  /** Of optimizationProgram. */
  readonly session: Session;
  readonly optimizer: OptimizerSpecification;
  /** After so many steps. */
  readonly learningRate: (taken: number) => number;
  /** Where it starts: the parameters [P] alone, or all vectors after so many steps. */
  readonly from: FirstVectors;
  /** States that go on from batch to batch; none if absent. Inputs then have a `keep` [K,N]. */
  readonly carrying?: Carrying | undefined;
}

export type FirstVectors =
  | Float32Array
  | {
      readonly vectors: Readonly<Record<string, Float32Array>>;
      readonly carried: Readonly<Record<string, Float32Array>>;
      readonly taken: number;
    };

export function optimizerRuns({
  session,
  optimizer: specification,
  learningRate,
  from,
  carrying,
}: OptimizerRunsOptions): OptimizerRuns {
  const optimizer = optimizerOf(specification);
  /** `parameters`, and what the optimiser keeps, by name; each [P]. */
  const given = from instanceof Float32Array ? { parameters: from } : from.vectors;
  const P = given.parameters!.length;
  let vectors: Record<string, Value> = Object.fromEntries(
    ['parameters', ...optimizer.state].map((name) => [
      name,
      { data: given[name] ?? new Float32Array(P), dims: [P] },
    ]),
  );
  const states = carrying?.states ?? [];
  const before = from instanceof Float32Array ? {} : from.carried;
  let carried: Readonly<Record<string, Value>> = Object.fromEntries(
    states.flatMap(({ name, size }) => {
      const data = before[name];
      return data ? [[name, { data, dims: [size, data.length / size] }]] : [];
    }),
  );
  let taken = from instanceof Float32Array ? 0 : from.taken;

  const schedule = (K: number): Record<string, Value> => {
    const steps = Array.from({ length: K }, (_, k) =>
      optimizer.scheduleAt(taken + k + 1, learningRate(taken + k)),
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
    carried: () => Object.fromEntries(Object.entries(carried).map(([name, { data }]) => [name, data])),
    async take(K, inputs) {
      const N = inputs.keep?.dims[1] ?? 0;
      const goOn = states.map(({ name, size }) => [name, firstRows(carried[name], size, N)] as const);
      const results = await session.run({
        ...vectors,
        ...Object.fromEntries(goOn),
        ...schedule(K),
        ...inputs,
      });
      const losses = results.loss!.data;
      const gradientNorms = results.gradient_norm!.data;
      for (let k = 0; k < K; k++) {
        if (!Number.isFinite(losses[k]!) || !Number.isFinite(gradientNorms[k]!)) {
          throw new DivergedError(taken + k + 1, losses[k]!);
        }
      }
      vectors = Object.fromEntries(Object.keys(vectors).map((name) => [name, results[`next_${name}`]!]));
      carried = Object.fromEntries(states.map(({ name }) => [name, results[`next_${name}`]!]));
      taken += K;
      return { losses, weights: results.weight?.data ?? null, gradientNorms };
    },
  };
}
