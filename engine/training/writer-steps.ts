/** Takes optimiser steps on a network that writes sequences, and keeps the state between runs. */
import { optimizerOf } from '../nn/optimizers/table.ts';
import type { Session, Value } from '../runtime/session.ts';
import type { OptimizerSpecification } from '../spec/optimizers.ts';
import { DivergedError } from './optimizer-steps.ts';

export interface WriterSteps {
  /** Steps taken so far. */
  readonly taken: () => number;
  /** [P] */
  readonly parameters: () => Float32Array;
  /**
   * K steps.
   * @param batches - by the names of writerInputs, behind an axis K
   * @returns the loss of each
   * @throws DivergedError, with the state as it was before the run
   */
  readonly take: (batches: Readonly<Record<string, Value>>, learningRate?: number) => Promise<Float32Array>;
}

/** @param session - of optimizationProgram, with the problem of the network */
export function writerSteps(
  session: Session,
  specification: OptimizerSpecification,
  parameters: Float32Array,
): WriterSteps {
  const optimizer = optimizerOf(specification);
  const P = parameters.length;
  let taken = 0;
  let vectors: Record<string, Value> = Object.fromEntries(
    ['parameters', ...optimizer.state].map((name) => [
      name,
      { data: name === 'parameters' ? parameters : new Float32Array(P), dims: [P] },
    ]),
  );
  return {
    taken: () => taken,
    parameters: () => vectors.parameters!.data,
    take: async (batches, learningRate = specification.learning_rate) => {
      const K = batches.y!.dims[0]!;
      const steps = Array.from({ length: K }, (_, k) => optimizer.scheduleAt(taken + k + 1, learningRate));
      const schedule = optimizer.schedule.map((name, index): [string, Value] => [
        name,
        { data: Float32Array.from(steps, (numbers) => numbers[index]!), dims: [K] },
      ]);
      const results = await session.run({ ...vectors, ...batches, ...Object.fromEntries(schedule) });
      const losses = results.loss!.data;
      const failed = losses.findIndex(
        (loss, k) => !Number.isFinite(loss) || !Number.isFinite(results.gradient_norm!.data[k]),
      );
      if (failed >= 0) throw new DivergedError(taken + failed + 1, losses[failed]!);
      vectors = Object.fromEntries(Object.keys(vectors).map((name) => [name, results[`next_${name}`]!]));
      taken += K;
      return losses;
    },
  };
}
