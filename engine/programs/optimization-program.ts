/**
 * K steps of an optimiser in one run, so that parameters cross the border to the runtime once. Each step is forward, loss,
 * backpropagation through time, clipping and update, on a mini-batch of its own.
 */
import { add, concat, dimension, divide, fill, input, reshape, scalar, scan } from '../graph/ops.ts';
import type { Shape } from '../graph/dimensions.ts';
import { gradients } from '../graph/gradients.ts';
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import { overWeight } from '../nn/losses/weighted.ts';
import { clipByGlobalNorm, clipByValue, globalNorm } from '../nn/optimizers/clipping.ts';
import { optimizerOf } from '../nn/optimizers/table.ts';
import type { OptimizerSpecification } from '../spec/optimizers.ts';
import type { BatchLoss } from './batch-loss.ts';
import { carriedInputs, type CarriedState } from './carried-states.ts';
import type { DrawnInput } from './drawn-inputs.ts';
import type { Observer } from './forward.ts';
import { unpackLayout, type Parameter, type ParameterKind } from './parameters.ts';

type Tensors = ReadonlyMap<string, Tensor>;

/** What is to be made small, and by which parameters. */
export interface Problem {
  readonly layout: readonly Parameter[];
  /** The inputs of one mini-batch that hold its data, behind the axes `leading`. */
  readonly inputs: (leading: Shape) => readonly Tensor[];
  /** Those that are drawn anew for each step. */
  readonly drawn: readonly DrawnInput[];
  readonly loss: (parameters: Tensors, batch: readonly Tensor[], extras?: LossExtras) => BatchLoss;
  /** What goes on from one mini-batch to the next without a gradient: nothing if absent. The loss has as many `states`. */
  readonly carried?: readonly Pick<CarriedState, 'name' | 'shape'>[];
  /** Whether the loss is Σ w·l / Σ w. */
  readonly weighted: boolean;
  /** The layers that a look inside tells of, in the order in which the loss makes them. */
  readonly observed: readonly ObservedLayer[];
}

export interface LossExtras {
  /** By the names of `drawn`; nothing is dropped where there is no mask. */
  readonly drawn?: Tensors;
  readonly observer?: Observer;
  /** [H,N] each, in the order of `carried`. */
  readonly carried?: readonly Tensor[];
}

export interface ObservedLayer {
  /** Of a network that has two. */
  readonly part?: 'encoder' | 'decoder';
  readonly layer: number;
  readonly direction: 'forward' | 'backward';
}

export interface OptimizationOptions {
  readonly optimizer: OptimizerSpecification;
  /** Largest global norm of the gradient; null: no clipping. */
  readonly clipNorm: number | null;
  /** Whether each batch comes in parts whose gradients are averaged: an axis A of inputs and masks. */
  readonly accumulate?: boolean;
  /** Largest magnitude of an element of the gradient, before clipNorm; no clipping if absent or null. */
  readonly clipValue?: number | null;
}

/**
 * Inputs: `parameters` [P]; the vectors of the optimiser's state [P]; what is carried; those of the problem, data and what is drawn, behind an axis K and, with
 * `accumulate`, a second axis A for the parts of a batch; the numbers of the optimiser's schedule [K]. Outputs: `next_parameters` and `next_<state>` after K steps,
 * of what is carried, too, and
 * `loss`, `gradient_norm` (before clipping) and, with weights, `weight` (their sum) [K] of each step.
 *
 * With weights the loss of a batch is Σ w·l / Σ w over all of it, as PyTorch's weighted mean, whatever parts it is cut into: their sums are added
 * up before they are divided. A batch whose weights are all 0 has a loss and a gradient of 0, where PyTorch has NaN.
 */
export function optimizationProgram(problem: Problem, options: OptimizationOptions): Graph {
  const { clipNorm, clipValue = null } = options;
  const optimizer = optimizerOf(options.optimizer);
  const P = parameterTotal(problem);
  const state = ['parameters', ...optimizer.state].map((name) => input(name, [P]));
  const carriedOver = problem.carried ?? [];
  if (options.accumulate && carriedOver.length > 0)
    throw new Error('train: expected batches in one piece with carried states, got parts');
  const carriedIn = carriedInputs(carriedOver);
  const leading = options.accumulate ? ['K', 'A'] : ['K'];
  const batch = [...problem.inputs(leading), ...drawnInputs(problem.drawn, leading)];
  const schedule = optimizer.schedule.map((name) => input(name, ['K']));
  const decayed = decayMask(problem);

  const { carry, ys } = scan(
    [...state, ...carriedIn],
    [...schedule, ...batch],
    ([parameters, ...others], sequences) => {
      const kept = others.slice(0, optimizer.state.length);
      const numbers = sequences.slice(0, schedule.length);
      const tensors = unpackLayout(problem.layout, parameters!);
      const part = sequences.slice(schedule.length);
      const { loss, gradient, weight, states } = options.accumulate
        ? averaged(problem, tensors, part)
        : lossAndGradient(problem, tensors, part, others.slice(kept.length));
      const norm = globalNorm(gradient);
      const bounded = clipValue === null ? gradient : clipByValue(gradient, clipValue);
      const boundedNorm = clipValue === null ? norm : globalNorm(bounded);
      const next = optimizer.update(
        { parameters: parameters!, state: kept },
        clipNorm === null ? bounded : clipByGlobalNorm(bounded, boundedNorm, clipNorm),
        numbers,
        decayed,
      );
      return {
        carry: [next.parameters, ...next.state, ...states],
        ys: [loss, norm, ...(weight ? [weight] : [])],
      };
    },
    { vectorize: false },
  );

  return {
    inputs: [...state, ...carriedIn, ...batch, ...schedule],
    outputs: [
      ...['parameters', ...optimizer.state, ...carriedOver.map(({ name }) => name)].map((name, index) => ({
        name: `next_${name}`,
        tensor: carry[index]!,
      })),
      { name: 'loss', tensor: ys[0]! },
      { name: 'gradient_norm', tensor: ys[1]! },
      ...(ys[2] ? [{ name: 'weight', tensor: ys[2] }] : []),
    ],
  };
}

interface LossAndGradient {
  /** [] */
  readonly loss: Tensor;
  /** [P] */
  readonly gradient: Tensor;
  /** [], the sum of the weights, where there are some. */
  readonly weight: Tensor | null;
  /** What is carried on. */
  readonly states: readonly Tensor[];
}

function lossAndGradient(
  problem: Problem,
  tensors: Tensors,
  batch: readonly Tensor[],
  carried: readonly Tensor[],
): LossAndGradient {
  const { loss, sums, states = [] } = lossOfList(problem, tensors, batch, carried);
  return {
    loss,
    gradient: flatGradient(problem, loss, tensors),
    weight: sums?.weight ?? null,
    states: problem.carried ? states : [],
  };
}

/** Of the data of a batch and, behind it, what is drawn. */
function lossOfList(
  problem: Problem,
  tensors: Tensors,
  list: readonly Tensor[],
  carried: readonly Tensor[] = [],
): BatchLoss {
  const given = list.length - problem.drawn.length;
  const drawn = new Map(problem.drawn.map(({ name }, index) => [name, list[given + index]!]));
  return problem.loss(tensors, list.slice(0, given), { drawn, carried });
}

const drawnInputs = (drawn: readonly DrawnInput[], leading: Shape): readonly Tensor[] =>
  drawn.map(({ name, shape }) => input(name, [...leading, ...shape]));

/** Over the parts of a batch, one after the other: the mean of parts of one size, or all that they add to Σ w·l over all their Σ w. */
function averaged(problem: Problem, tensors: Tensors, parts: readonly Tensor[]): LossAndGradient {
  const { carry } = scan(
    [scalar(0), fill(0, [parameterTotal(problem)]), scalar(0)],
    parts,
    ([lossSum, gradientSum, weightSum], part) => {
      const { loss, sums } = lossOfList(problem, tensors, part);
      const value = sums?.total ?? loss;
      return {
        carry: [
          add(lossSum!, value),
          add(gradientSum!, flatGradient(problem, value, tensors)),
          add(weightSum!, sums?.weight ?? scalar(1)),
        ],
        ys: [],
      };
    },
    { vectorize: false },
  );
  const [loss, gradient, weight] = carry as [Tensor, Tensor, Tensor];
  if (!problem.weighted) {
    return {
      loss: divide(loss, dimension('A')),
      gradient: divide(gradient, dimension('A')),
      weight: null,
      states: [],
    };
  }
  return { loss: overWeight(loss, weight), gradient: overWeight(gradient, weight), weight, states: [] };
}

/** The gradients of all parameters, one after the other: [P]. */
function flatGradient({ layout }: Problem, loss: Tensor, tensors: Tensors): Tensor {
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
const decayMask = ({ layout }: Problem): Tensor =>
  concat(
    layout.map(({ kind, size }) => fill(decays[kind] ? 1 : 0, [size])),
    0,
  );

export const parameterTotal = ({ layout }: Problem): number =>
  layout.reduce((total, { size }) => total + size, 0);

/**
 * One loss and its gradient without dropout, for tests. Inputs: `parameters` [P], what is carried, and those of the problem but for masks. Outputs:
 * `loss` [], `gradient` [P], `prediction`, and `next_<state>` of what is carried.
 */
export function lossAndGradientProgram(problem: Problem): Graph {
  const { inputs, parameters, loss, prediction, states } = withoutDropout(problem);
  const carriedOver = problem.carried ?? [];
  return {
    inputs,
    outputs: [
      { name: 'loss', tensor: loss },
      { name: 'gradient', tensor: gradients(loss, [parameters])[0]! },
      { name: 'prediction', tensor: prediction },
      ...carriedOver.map(({ name }, index) => ({ name: `next_${name}`, tensor: states![index]! })),
    ],
  };
}

/** The loss of one batch as a program has it that is not for training: nothing is dropped, and coins, where there are some, are given. */
export function withoutDropout(
  problem: Problem,
  observer?: Observer,
): BatchLoss & { readonly inputs: readonly Tensor[]; readonly parameters: Tensor } {
  const parameters = input('parameters', [parameterTotal(problem)]);
  const batch = problem.inputs([]);
  const coins = drawnInputs(
    problem.drawn.filter(({ draws }) => draws === 'coins'),
    [],
  );
  const drawn = new Map(coins.map((tensor) => ['coins', tensor]));
  const carried = carriedInputs(problem.carried ?? []);
  const extras = { drawn, carried, ...(observer && { observer }) };
  return {
    ...problem.loss(unpackLayout(problem.layout, parameters), batch, extras),
    inputs: [parameters, ...carried, ...batch, ...coins],
    parameters,
  };
}
