/** The training program of a network that reads windows. */
import { input } from '../graph/ops.ts';
import type { Shape } from '../graph/dimensions.ts';
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import { batchFrom, batchInputs, batchList, batchLoss, type BatchOptions } from './batch-loss.ts';
import { carriedStates } from './carried-states.ts';
import { dropoutMasks } from './dropout-masks.ts';
import {
  lossAndGradientProgram,
  optimizationProgram,
  type OptimizationOptions,
  type Problem,
} from './optimization-program.ts';
import { windowSteps } from './output-steps.ts';
import { parameterLayout } from './parameters.ts';

export interface TrainProgramOptions extends BatchOptions, OptimizationOptions {}

/**
 * Inputs: `parameters` [P]; the vectors of the optimiser's state [P]; `x` [K,T,N,I]; `y` [K,S,N,O]; with weights
 * `weights` [K,S,N,W]; of a padded network `mask` [K,T,N]; with carried states those [H,N] and `keep` [K,N]; the masks of dropout [K,…] (see dropoutMasks); the numbers of the optimiser's
 * schedule [K]. With `accumulate` those of a batch have its A parts on a second axis: [K,A,T,N,I] and so on. Outputs: those of
 * optimizationProgram.
 */
export const trainProgram = (options: TrainProgramOptions): Graph =>
  optimizationProgram(windowProblem(options), options);

const windowProblem = (options: BatchOptions): Problem => ({
  layout: parameterLayout(options.network),
  inputs: (leading) => stepInputs(options, leading),
  loss: (parameters, part, carried) => {
    const { batch, rest } = batchFrom(options, part);
    const masks = new Map(dropoutMasks(options.network).map(({ name }, index) => [name, rest[index]!]));
    return batchLoss(options, parameters, batch, { masks, carried });
  },
  ...(options.carriesState === true && { carried: carriedStates(options.network) }),
  weighted: options.weightsPerOutput !== undefined,
});

/** Those of the batch, and the masks of dropout, in this order. */
function stepInputs(options: BatchOptions, leading: Shape): readonly Tensor[] {
  const T = windowSteps(options.lossSteps);
  return [
    ...batchList(batchInputs(options, leading)),
    ...dropoutMasks(options.network).map(({ name, shape }) =>
      input(name, [...leading, ...shape.map((size) => (size === 'T' ? T : size))]),
    ),
  ];
}

/**
 * One loss and its gradient, without dropout, for tests and diagnosis. Inputs: `parameters` [P], `x` [T,N,I], `y` [S,N,O] and, with weights,
 * `weights` [S,N,W], of a padded network `mask` [T,N], and with carried states those [H,N] and `keep` [N]. Outputs: `loss` [], `gradient` [P],
 * `prediction` [S,N,P], and `next_<state>` of what is carried.
 */
export const gradientProgram = (options: BatchOptions): Graph =>
  lossAndGradientProgram({
    ...windowProblem(options),
    inputs: (leading) => batchList(batchInputs(options, leading)),
    loss: (parameters, part, carried) =>
      batchLoss(options, parameters, batchFrom(options, part).batch, { carried }),
  });
