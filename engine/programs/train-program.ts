/**
 * The training program: K steps of an optimiser in one run, so that parameters cross the border to the runtime once.
 * Each step is forward, loss, backpropagation through time, clipping and update, on a mini-batch of its own.
 */
import { add, concat, dimension, divide, fill, input, reshape, scalar, scan } from '../graph/ops.ts';
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
  /** Whether each batch comes in parts whose gradients are averaged: an axis A of inputs and masks. */
  readonly accumulate?: boolean;
  /** Largest magnitude of an element of the gradient, before clipNorm; no clipping if absent or null. */
  readonly clipValue?: number | null;
}

/**
 * Inputs: `parameters` [P]; the vectors of the optimiser's state [P]; `x` [K,T,N,I]; `y` [K,S,N,O]; the numbers of the
 * optimiser's schedule [K]; the masks of dropout [K,…] (see dropoutMasks). With `accumulate`, x, y and masks have A parts of a
 * batch on a second axis: [K,A,T,N,I] and so on. Outputs: `next_parameters` and `next_<state>` after K steps, and `loss` and `gradient_norm`
 * [K] (before clipping) of each step.
 */
export function trainProgram(options: TrainProgramOptions): Graph {
  const { network, clipNorm, clipValue = null } = options;
  const optimizer = optimizerOf(options.optimizer);
  const P = parameterCount(network);
  const state = ['parameters', ...optimizer.state].map((name) => input(name, [P]));
  const batch = batchInputs(options);
  const schedule = optimizer.schedule.map((name) => input(name, ['K']));
  const decayed = decayMask(network);

  const { carry, ys } = scan(
    state,
    [...schedule, ...batch],
    ([parameters, ...kept], sequences) => {
      const numbers = sequences.slice(0, schedule.length);
      const tensors = unpack(network, parameters!);
      const { loss, gradient } = (options.accumulate ? averaged : lossAndGradient)(
        options,
        tensors,
        sequences.slice(schedule.length),
      );
      const norm = globalNorm(gradient);
      const bounded = clipValue === null ? gradient : clipByValue(gradient, clipValue);
      const boundedNorm = clipValue === null ? norm : globalNorm(bounded);
      const next = optimizer.update(
        { parameters: parameters!, state: kept },
        clipNorm === null ? bounded : clipByGlobalNorm(bounded, boundedNorm, clipNorm),
        numbers,
        decayed,
      );
      return { carry: [next.parameters, ...next.state], ys: [loss, norm] };
    },
    { vectorize: false },
  );

  return {
    inputs: [...state, ...batch, ...schedule],
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

/** x, y, and the masks of dropout, in this order. */
function batchInputs({ network, lossSteps, accumulate }: TrainProgramOptions): readonly Tensor[] {
  const steps = accumulate ? ['K', 'A'] : ['K'];
  return [
    input('x', [...steps, 'T', 'N', network.inputSize]),
    input('y', [...steps, lossSteps === 'all' ? 'T' : 1, 'N', network.outputSize]),
    ...dropoutMasks(network).map(({ name, shape }) => input(name, [...steps, ...shape])),
  ];
}

type Tensors = ReadonlyMap<string, Tensor>;

interface LossAndGradient {
  /** [] */
  readonly loss: Tensor;
  /** [P] */
  readonly gradient: Tensor;
}

function lossAndGradient(
  { network, loss, lossSteps }: TrainProgramOptions,
  tensors: Tensors,
  [x, y, ...given]: readonly Tensor[],
): LossAndGradient {
  const masks = new Map(dropoutMasks(network).map(({ name }, index) => [name, given[index]!]));
  const value = losses[loss](forward(network, tensors, x!, lossSteps, { masks }), y!);
  return { loss: value, gradient: flatGradient(network, value, tensors) };
}

/** The mean over the parts of a batch, one after the other. */
function averaged(options: TrainProgramOptions, tensors: Tensors, parts: readonly Tensor[]): LossAndGradient {
  const { carry } = scan(
    [scalar(0), fill(0, [parameterCount(options.network)])],
    parts,
    ([lossSum, gradientSum], part) => {
      const { loss, gradient } = lossAndGradient(options, tensors, part);
      return { carry: [add(lossSum!, loss), add(gradientSum!, gradient)], ys: [] };
    },
    { vectorize: false },
  );
  const [loss, gradient] = carry.map((sum) => divide(sum, dimension('A')));
  return { loss: loss!, gradient: gradient! };
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
