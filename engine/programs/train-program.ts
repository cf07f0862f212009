/**
 * The training program: K steps of an optimiser in one run, so that parameters cross the border to the runtime once.
 * Each step is forward, loss, backpropagation through time, clipping and update, on a mini-batch of its own.
 */
import { add, concat, dimension, divide, fill, input, reshape, scalar, scan } from '../graph/ops.ts';
import { gradients } from '../graph/gradients.ts';
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import { overWeight } from '../nn/losses/weighted.ts';
import { clipByGlobalNorm, clipByValue, globalNorm } from '../nn/optimizers/clipping.ts';
import { optimizerOf } from '../nn/optimizers/table.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { OptimizerSpecification } from '../spec/optimizers.ts';
import { batchFrom, batchInputs, batchList, batchLoss, type BatchOptions } from './batch-loss.ts';
import { dropoutMasks } from './dropout-masks.ts';
import { windowSteps } from './output-steps.ts';
import { parameterCount, parameterLayout, unpack, type ParameterKind } from './parameters.ts';

export interface TrainProgramOptions extends BatchOptions {
  readonly optimizer: OptimizerSpecification;
  /** Largest global norm of the gradient; null: no clipping. */
  readonly clipNorm: number | null;
  /** Whether each batch comes in parts whose gradients are averaged: an axis A of inputs and masks. */
  readonly accumulate?: boolean;
  /** Largest magnitude of an element of the gradient, before clipNorm; no clipping if absent or null. */
  readonly clipValue?: number | null;
}

/**
 * Inputs: `parameters` [P]; the vectors of the optimiser's state [P]; `x` [K,T,N,I]; `y` [K,S,N,O]; with weights
 * `weights` [K,S,N,W]; of a padded network `mask` [K,T,N]; the masks of dropout [K,…] (see dropoutMasks); the numbers of the optimiser's schedule [K]. With `accumulate`, x, y,
 * weights and masks have A parts of a batch on a second axis: [K,A,T,N,I] and so on. Outputs: `next_parameters` and `next_<state>` after
 * K steps, and `loss`, `gradient_norm` (before clipping) and, with weights, `weight` (their sum) [K] of each step.
 *
 * With weights the loss of a batch is Σ w·l / Σ w over all of it, as PyTorch's weighted mean, whatever parts it is cut into: their sums are added
 * up before they are divided. A batch whose weights are all 0 has a loss and a gradient of 0, where PyTorch has NaN.
 */
export function trainProgram(options: TrainProgramOptions): Graph {
  const { network, clipNorm, clipValue = null } = options;
  const optimizer = optimizerOf(options.optimizer);
  const P = parameterCount(network);
  const state = ['parameters', ...optimizer.state].map((name) => input(name, [P]));
  const batch = stepInputs(options);
  const schedule = optimizer.schedule.map((name) => input(name, ['K']));
  const decayed = decayMask(network);

  const { carry, ys } = scan(
    state,
    [...schedule, ...batch],
    ([parameters, ...kept], sequences) => {
      const numbers = sequences.slice(0, schedule.length);
      const tensors = unpack(network, parameters!);
      const { loss, gradient, weight } = (options.accumulate ? averaged : lossAndGradient)(
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
      return { carry: [next.parameters, ...next.state], ys: [loss, norm, ...(weight ? [weight] : [])] };
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
      ...(ys[2] ? [{ name: 'weight', tensor: ys[2] }] : []),
    ],
  };
}

/** x, y, weights and mask if any, and the masks of dropout, in this order. */
function stepInputs(options: TrainProgramOptions): readonly Tensor[] {
  const steps = options.accumulate ? ['K', 'A'] : ['K'];
  const T = windowSteps(options.lossSteps);
  return [
    ...batchList(batchInputs(options, steps)),
    ...dropoutMasks(options.network).map(({ name, shape }) =>
      input(name, [...steps, ...shape.map((size) => (size === 'T' ? T : size))]),
    ),
  ];
}

type Tensors = ReadonlyMap<string, Tensor>;

interface LossAndGradient {
  /** [] */
  readonly loss: Tensor;
  /** [P] */
  readonly gradient: Tensor;
  /** [], the sum of the weights, where there are some. */
  readonly weight: Tensor | null;
}

/** Of a batch, or of a part of it. */
function partLoss(options: TrainProgramOptions, tensors: Tensors, part: readonly Tensor[]) {
  const { batch, rest } = batchFrom(options, part);
  const masks = new Map(dropoutMasks(options.network).map(({ name }, index) => [name, rest[index]!]));
  return batchLoss(options, tensors, batch, { masks });
}

function lossAndGradient(
  options: TrainProgramOptions,
  tensors: Tensors,
  batch: readonly Tensor[],
): LossAndGradient {
  const { loss, sums } = partLoss(options, tensors, batch);
  return { loss, gradient: flatGradient(options.network, loss, tensors), weight: sums?.weight ?? null };
}

/** Over the parts of a batch, one after the other: the mean of parts of one size, or all that they add to Σ w·l over all their Σ w. */
function averaged(options: TrainProgramOptions, tensors: Tensors, parts: readonly Tensor[]): LossAndGradient {
  const { carry } = scan(
    [scalar(0), fill(0, [parameterCount(options.network)]), scalar(0)],
    parts,
    ([lossSum, gradientSum, weightSum], part) => {
      const { loss, sums } = partLoss(options, tensors, part);
      const value = sums?.total ?? loss;
      return {
        carry: [
          add(lossSum!, value),
          add(gradientSum!, flatGradient(options.network, value, tensors)),
          add(weightSum!, sums?.weight ?? scalar(1)),
        ],
        ys: [],
      };
    },
    { vectorize: false },
  );
  const [loss, gradient, weight] = carry as [Tensor, Tensor, Tensor];
  if (options.weightsPerOutput === undefined) {
    return { loss: divide(loss, dimension('A')), gradient: divide(gradient, dimension('A')), weight: null };
  }
  return { loss: overWeight(loss, weight), gradient: overWeight(gradient, weight), weight };
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
  embedding: true,
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
 * One loss and its gradient, for tests and diagnosis. Inputs: `parameters` [P], `x` [T,N,I], `y` [S,N,O] and, with weights,
 * `weights` [S,N,W], and of a padded network `mask` [T,N]. Outputs: `loss` [], `gradient` [P], `prediction` [S,N,P].
 */
export function gradientProgram(options: BatchOptions): Graph {
  const parameters = input('parameters', [parameterCount(options.network)]);
  const batch = batchInputs(options);
  const { loss, prediction } = batchLoss(options, unpack(options.network, parameters), batch);
  return {
    inputs: [parameters, ...batchList(batch)],
    outputs: [
      { name: 'loss', tensor: loss },
      { name: 'gradient', tensor: gradients(loss, [parameters])[0]! },
      { name: 'prediction', tensor: prediction },
    ],
  };
}
