/** What every program does with a batch: its inputs, the network's outputs, and their loss. */
import { input } from '../graph/ops.ts';
import type { Shape } from '../graph/dimensions.ts';
import type { Tensor } from '../graph/tensor.ts';
import { lossOf } from '../nn/losses/table.ts';
import { mean } from '../nn/losses/mean.ts';
import { overWeight, weighted, type WeightedLoss } from '../nn/losses/weighted.ts';
import type { LossSpecification } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { initialStates, keepInput } from './carried-states.ts';
import { forwardWithStates, type ForwardExtras } from './forward.ts';
import { outputCount, windowSteps, type OutputSteps } from './output-steps.ts';

export interface BatchOptions {
  readonly network: NetworkShape;
  readonly loss: LossSpecification;
  readonly lossSteps: OutputSteps;
  /** W, 1 or the horizon: each batch comes with weights [S,N,W] of its targets. All count the same if absent. */
  readonly weightsPerOutput?: number | undefined;
  /** Whether rows may go on from the states in which the batch before left them; no if absent. */
  readonly carriesState?: boolean | undefined;
}

/** The tensors of a batch, in the order of a program's inputs. */
export interface Batch<Part> {
  /** [T,N,I], scaled. */
  readonly x: Part;
  /** [S,N,O], scaled. */
  readonly y: Part;
  /** [S,N,W], only of programs that have weights. */
  readonly weights?: Part;
  /** [T,N], only of padded networks: 1 for the steps of a window, 0 for its padding. */
  readonly mask?: Part;
  /** [N], only of programs that carry states: 1 for the rows that go on from theirs, 0 for those that begin anew. */
  readonly keep?: Part;
}

/** Inputs `x`, `y` and, with weights, `weights`, of a padded network `mask`, and with carried states `keep`, behind the axes `leading`. */
export function batchInputs(options: BatchOptions, leading: Shape = []): Batch<Tensor> {
  const { network, loss, lossSteps, weightsPerOutput } = options;
  const S = outputCount(lossSteps);
  const O = lossOf(loss).targetSize(network.outputSize);
  return {
    x: input('x', [...leading, windowSteps(lossSteps), 'N', network.inputSize]),
    y: input('y', [...leading, S, 'N', O]),
    ...(weightsPerOutput !== undefined && {
      weights: input('weights', [...leading, S, 'N', weightsPerOutput]),
    }),
    ...(network.padded === true && { mask: input('mask', [...leading, windowSteps(lossSteps), 'N']) }),
    ...(options.carriesState === true && { keep: keepInput(leading) }),
  };
}

/** The inputs of a batch as a list, and back again. */
export const batchList = ({ x, y, weights, mask, keep }: Batch<Tensor>): readonly Tensor[] => [
  x,
  y,
  ...(weights ? [weights] : []),
  ...(mask ? [mask] : []),
  ...(keep ? [keep] : []),
];
export function batchFrom(
  { weightsPerOutput, network, carriesState }: BatchOptions,
  list: readonly Tensor[],
): Batch<Tensor> {
  const [x, y, ...rest] = list;
  const weights = weightsPerOutput === undefined ? undefined : rest.shift();
  const mask = network.padded === true ? rest.shift() : undefined;
  const keep = carriesState === true ? rest.shift() : undefined;
  return {
    x: x!,
    y: y!,
    ...(weights && { weights }),
    ...(mask && { mask }),
    ...(keep && { keep }),
  };
}

export interface BatchLoss {
  /** [S,N,P], as it comes from the head. */
  readonly prediction: Tensor;
  /** [], the mean over all targets, or Σ w·l / Σ w. */
  readonly loss: Tensor;
  /** Its two sums, where there are weights. */
  readonly sums: WeightedLoss | null;
  /** [H,N] each, after the last step, in the order of carriedStates. */
  readonly states?: readonly Tensor[];
}

export interface BatchExtras extends Omit<ForwardExtras, 'initial' | 'padding'> {
  /** [H,N] each, in the order of carriedStates. */
  readonly carried?: readonly Tensor[];
}

export function batchLoss(
  { network, loss, lossSteps }: BatchOptions,
  parameters: ReadonlyMap<string, Tensor>,
  { x, y, weights, mask, keep }: Batch<Tensor>,
  { carried, ...extras }: BatchExtras = {},
): BatchLoss {
  const { outputs: prediction, states } = forwardWithStates(network, parameters, x, lossSteps, {
    ...extras,
    ...(mask && { padding: mask }),
    ...(keep && carried && { initial: initialStates(network, parameters, carried, keep) }),
  });
  const elements = lossOf(loss).elements(prediction, y);
  if (!weights) return { prediction, loss: mean(elements), sums: null, states };
  const sums = weighted(elements, weights);
  return { prediction, loss: overWeight(sums.total, sums.weight), sums, states };
}
