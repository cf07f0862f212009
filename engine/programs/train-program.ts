/**
 * The training program: K steps of an optimiser in one run, so that parameters cross the border to the runtime once.
 * Each step is forward, loss, backpropagation through time, clipping and update, on a mini-batch of its own.
 */
import { concat, fill, input, reshape, scan } from '../graph/ops.ts';
import { gradients } from '../graph/gradients.ts';
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import { losses } from '../nn/losses/table.ts';
import { clipByGlobalNorm, clipByValue, globalNorm } from '../nn/optimizers/clipping.ts';
import { optimizerOf } from '../nn/optimizers/table.ts';
import type { Loss } from '../spec/network.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { OptimizerSpecification } from '../spec/optimizers.ts';
import type { LossSteps } from '../spec/training.ts';
import { dropoutMasks } from './dropout-masks.ts';
import { forward } from './forward.ts';
import { parameterCount, parameterLayout, unpack, type ParameterKind } from './parameters.ts';

export interface TrainProgramOptions {
  readonly network: NetworkShape;
  readonly loss: Loss;
  readonly lossSteps: LossSteps;
  readonly optimizer: OptimizerSpecification;
  /** Largest global norm of the gradient; null: no clipping. */
  readonly clipNorm: number | null;
  /** Largest magnitude of an element of the gradient, before clipNorm; no clipping if absent or null. */
  readonly clipValue?: number | null;
}

/**
 * Inputs: `parameters` [P]; the vectors of the optimiser's state [P]; `x` [K,T,N,I]; `y` [K,S,N,O]; the numbers of the
 * optimiser's schedule [K]; the masks of dropout [K,…] (see dropoutMasks). Outputs: `next_parameters` and `next_<state>` after K steps, and `loss` and `gradient_norm`
 * [K] (before clipping) of each step.
 */
export function trainProgram(options: TrainProgramOptions): Graph {
  const { network, loss, lossSteps, clipNorm, clipValue = null } = options;
  const optimizer = optimizerOf(options.optimizer);
  const P = parameterCount(network);
  const state = ['parameters', ...optimizer.state].map((name) => input(name, [P]));
  const x = input('x', ['K', 'T', 'N', network.inputSize]);
  const y = input('y', ['K', lossSteps === 'all' ? 'T' : 1, 'N', network.outputSize]);
  const schedule = optimizer.schedule.map((name) => input(name, ['K']));
  const decayed = decayMask(network);
  const maskNames = dropoutMasks(network).map(({ name }) => name);
  const masks = dropoutMasks(network).map(({ name, shape }) => input(name, ['K', ...shape]));

  const { carry, ys } = scan(
    state,
    [x, y, ...schedule, ...masks],
    ([parameters, ...kept], [batchX, batchY, ...others]) => {
      const tensors = unpack(network, parameters!);
      const numbers = others.slice(0, schedule.length);
      const dropped = new Map(maskNames.map((name, index) => [name, others[schedule.length + index]!]));
      const prediction = forward(network, tensors, batchX!, lossSteps, { masks: dropped });
      const value = losses[loss](prediction, batchY!);
      const gradient = flatGradient(network, value, tensors);
      const norm = globalNorm(gradient);
      const bounded = clipValue === null ? gradient : clipByValue(gradient, clipValue);
      const boundedNorm = clipValue === null ? norm : globalNorm(bounded);
      const next = optimizer.update(
        { parameters: parameters!, state: kept },
        clipNorm === null ? bounded : clipByGlobalNorm(bounded, boundedNorm, clipNorm),
        numbers,
        decayed,
      );
      return { carry: [next.parameters, ...next.state], ys: [value, norm] };
    },
    { vectorize: false },
  );

  return {
    inputs: [...state, x, y, ...schedule, ...masks],
    outputs: [
      ...['parameters', ...optimizer.state].map((name, index) => ({
        name: `next_${name}`,
        tensor: carry[index]!,
      })),
      { name: 'loss', tensor: ys[0]! },
      { name: 'gradient_norm', tensor: ys[1]! },
    ],
  };
}

/** The gradients of all parameters, one after the other: [P]. */
function flatGradient(network: NetworkShape, loss: Tensor, tensors: ReadonlyMap<string, Tensor>): Tensor {
  const layout = parameterLayout(network);
  const perParameter = gradients(
    loss,
    layout.map(({ name }) => tensors.get(name)!),
  );
  return concat(
    perParameter.map((tensor, index) => reshape(tensor, [layout[index]!.size])),
    0,
  );
}

const decays: Record<ParameterKind, boolean> = {
  input_weight: true,
  recurrent_weight: true,
  head_weight: true,
  bias: false,
  peephole: false,
  gain: false,
  state: false,
};

/** [P]: 1 for weights, 0 for what weight decay leaves alone. */
const decayMask = (network: NetworkShape): Tensor =>
  concat(
    parameterLayout(network).map(({ kind, size }) => fill(decays[kind] ? 1 : 0, [size])),
    0,
  );

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
