/**
 * The training program: K steps of an optimiser in one run, so that parameters cross the border to the runtime once.
 * Each step is forward, loss, backpropagation through time, clipping and update, on a mini-batch of its own.
 */
import { concat, input, reshape, scan } from '../graph/ops.ts';
import { gradients } from '../graph/gradients.ts';
import type { Graph } from '../graph/graph.ts';
import { losses } from '../nn/losses/table.ts';
import { adam } from '../nn/optimizers/adam.ts';
import { clipByGlobalNorm, globalNorm } from '../nn/optimizers/clip-by-global-norm.ts';
import type { Loss } from '../spec/network.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { AdamSpecification, LossSteps } from '../spec/training.ts';
import { forward } from './forward.ts';
import { parameterCount, parameterLayout, unpack } from './parameters.ts';

export interface TrainProgramOptions {
  readonly network: NetworkShape;
  readonly loss: Loss;
  readonly lossSteps: LossSteps;
  readonly optimizer: AdamSpecification;
  /** Largest global norm of the gradient; null: no clipping. */
  readonly clipNorm: number | null;
}

/**
 * Inputs: `parameters`, `first_moment`, `second_moment` [P]; `x` [K,T,N,I]; `y` [K,S,N,O]; `step_size` and
 * `root_correction` [K] (see adamSchedule). Outputs: the first three after K steps, and `loss` and `gradient_norm` [K]
 * (before clipping) of each step.
 */
export function trainProgram({ network, loss, lossSteps, optimizer, clipNorm }: TrainProgramOptions): Graph {
  const P = parameterCount(network);
  const state = ['parameters', 'first_moment', 'second_moment'].map((name) => input(name, [P]));
  const x = input('x', ['K', 'T', 'N', network.inputSize]);
  const y = input('y', ['K', lossSteps === 'all' ? 'T' : 1, 'N', network.outputSize]);
  const stepSize = input('step_size', ['K']);
  const rootCorrection = input('root_correction', ['K']);

  const { carry, ys } = scan(
    state,
    [x, y, stepSize, rootCorrection],
    ([parameters, firstMoment, secondMoment], [batchX, batchY, size, correction]) => {
      const tensors = unpack(network, parameters!);
      const value = losses[loss](forward(network, tensors, batchX!, lossSteps), batchY!);
      const layout = parameterLayout(network);
      const perParameter = gradients(
        value,
        layout.map(({ name }) => tensors.get(name)!),
      );
      const gradient = concat(
        perParameter.map((tensor, index) => reshape(tensor, [layout[index]!.size])),
        0,
      );
      const norm = globalNorm(gradient);
      const next = adam(
        optimizer,
        { parameters: parameters!, firstMoment: firstMoment!, secondMoment: secondMoment! },
        clipNorm === null ? gradient : clipByGlobalNorm(gradient, norm, clipNorm),
        { stepSize: size!, rootCorrection: correction! },
      );
      return { carry: [next.parameters, next.firstMoment, next.secondMoment], ys: [value, norm] };
    },
    { vectorize: false },
  );

  return {
    inputs: [...state, x, y, stepSize, rootCorrection],
    outputs: [
      { name: 'next_parameters', tensor: carry[0]! },
      { name: 'next_first_moment', tensor: carry[1]! },
      { name: 'next_second_moment', tensor: carry[2]! },
      { name: 'loss', tensor: ys[0]! },
      { name: 'gradient_norm', tensor: ys[1]! },
    ],
  };
}

/**
 * One loss and its gradient, for tests and diagnosis. Inputs: `parameters` [P], `x` [T,N,I], `y` [S,N,O].
 * Outputs: `loss` [], `gradient` [P], `prediction` [S,N,O].
 */
export function gradientProgram({
  network,
  loss,
  lossSteps,
}: Pick<TrainProgramOptions, 'network' | 'loss' | 'lossSteps'>): Graph {
  const parameters = input('parameters', [parameterCount(network)]);
  const x = input('x', ['T', 'N', network.inputSize]);
  const y = input('y', [lossSteps === 'all' ? 'T' : 1, 'N', network.outputSize]);
  const tensors = unpack(network, parameters);
  const prediction = forward(network, tensors, x, lossSteps);
  const value = losses[loss](prediction, y);
  return {
    inputs: [parameters, x, y],
    outputs: [
      { name: 'loss', tensor: value },
      { name: 'gradient', tensor: gradients(value, [parameters])[0]! },
      { name: 'prediction', tensor: prediction },
    ],
  };
}
