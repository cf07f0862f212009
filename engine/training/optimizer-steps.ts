/** Takes the optimiser steps of training: fills the inputs of each run with its examples and what is drawn for it. */
import type { Session } from '../runtime/session.ts';
import { samplingProbability } from '../spec/scheduled-sampling.ts';
import type { TrainingOptions } from '../spec/training.ts';
import { drawsOf } from './drawn-inputs.ts';
import type { LearningRate } from './learning-rate.ts';
import { epochSteps } from './carried-batches.ts';
import type { Run } from './mini-batches.ts';
import { optimizerRuns, type FirstVectors, type OptimizerRuns } from './optimizer-runs.ts';
import type { Trainable } from './trainable.ts';

export interface OptimizerSteps extends Pick<OptimizerRuns, 'taken' | 'parameters' | 'vectors' | 'carried'> {
  /**
   * Takes the steps of a run.
   * @returns of each step the loss, what it counts in a mean (the sum of its weights, or its examples, or of chunks of them their outputs), and the gradient's norm
   *   before clipping
   * @throws DivergedError, with the state as it was before the run
   */
  readonly take: (
    run: Run,
  ) => Promise<{ losses: Float32Array; counts: ArrayLike<number>; gradientNorms: Float32Array }>;
  /** How many numbers go into one step of whole batches: inputs, targets and what is drawn. */
  readonly numbersPerStep: number;
}

interface OptimizerStepsOptions {
  readonly session: Session;
  readonly trainable: Trainable;
  readonly training: TrainingOptions;
  readonly rate: LearningRate;
  /** Where it starts: the parameters [P] alone, or all vectors after so many steps. */
  readonly from: FirstVectors;
}

export function optimizerSteps(options: OptimizerStepsOptions): OptimizerSteps {
  const { session, trainable, training, rate, from } = options;
  const { batch_size: batchSize, accumulate, scheduled_sampling: sampling, epochs, seed } = training;
  const source = trainable.parts.training;
  const perEpoch = epochSteps(source, batchSize, accumulate);
  const draws = drawsOf(trainable.problem.drawn, seed, (step) =>
    sampling ? samplingProbability(sampling, 1 + Math.floor(step / perEpoch), epochs) : 0,
  );
  const runs = optimizerRuns({
    session,
    optimizer: training.optimizer,
    learningRate: (taken) => rate.at(taken),
    from,
    carrying: source.carrying,
  });
  return {
    taken: runs.taken,
    parameters: runs.parameters,
    vectors: runs.vectors,
    carried: runs.carried,
    numbersPerStep:
      batchSize * source.numbersPerExample + draws.numbersPerStep({ ...source.longest, N: batchSize }),
    async take({ examples, batches: K, parts: A, partSize: N, steps, carried }) {
      const leading = accumulate > 1 ? [K, A] : [K];
      const { losses, weights, gradientNorms } = await runs.take(K, {
        ...draws.inputs(runs.taken(), leading, { ...steps, N }),
        ...source.read({ examples, N, steps, leading, ...(carried && { carried }) }),
      });
      return {
        losses,
        counts: weights ?? new Float64Array(K).fill(A * N * (carried ? steps.S : 1)),
        gradientNorms,
      };
    },
  };
}
