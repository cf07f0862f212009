/** All optimisers that a specification can name. */
import type { OptimizerKind, OptimizerSpecification } from '../../spec/optimizers.ts';
import { adam } from './adam.ts';
import { adamw } from './adamw.ts';
import type { Optimizer } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

const optimizers: {
  readonly [Kind in OptimizerKind]: Optimizer<Extract<OptimizerSpecification, { type: Kind }>>;
} = {
  adam,
  adamw,
  sgd,
  rmsprop,
};

/** An optimiser, told what it was asked for. */
export interface BoundOptimizer {
  readonly state: readonly string[];
  readonly schedule: readonly string[];
  readonly scheduleAt: (t: number, learningRate: number) => readonly number[];
  readonly update: (
    ...of: Parameters<Optimizer<OptimizerSpecification>['update']> extends [unknown, ...infer Rest]
      ? Rest
      : never
  ) => ReturnType<Optimizer<OptimizerSpecification>['update']>;
}

export function optimizerOf(specification: OptimizerSpecification): BoundOptimizer {
  const optimizer = optimizers[specification.type] as Optimizer<OptimizerSpecification>;
  return {
    state: optimizer.state(specification),
    schedule: optimizer.schedule,
    scheduleAt: (t, learningRate) => optimizer.scheduleAt(specification, t, learningRate),
    update: (...of) => optimizer.update(specification, ...of),
  };
}
