/** The training program of a network that reads windows. */
import type { Graph } from '../graph/graph.ts';
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
import { observedLayers } from './observed-layers.ts';
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

/** What a network that reads windows is trained to do. */
export const windowProblem = (options: BatchOptions): Problem => {
  const T = windowSteps(options.lossSteps);
  return {
    layout: parameterLayout(options.network),
    inputs: (leading) => batchList(batchInputs(options, leading)),
    drawn: dropoutMasks(options.network).map((mask) => ({
      ...mask,
      shape: mask.shape.map((size) => (size === 'T' ? T : size)),
    })),
    loss: (parameters, list, { drawn, observer, carried } = {}) =>
      batchLoss(options, parameters, batchFrom(options, list), {
        ...(drawn && { masks: drawn }),
        ...(observer && { observer }),
        ...(carried && { carried }),
      }),
    ...(options.carriesState === true && { carried: carriedStates(options.network) }),
    weighted: options.weightsPerOutput !== undefined,
    observed: observedLayers(options.network),
  };
};

/**
 * One loss and its gradient, without dropout, for tests. Inputs: `parameters` [P], `x` [T,N,I], `y` [S,N,O] and, with weights,
 * `weights` [S,N,W], of a padded network `mask` [T,N], and with carried states those [H,N] and `keep` [N]. Outputs: `loss` [], `gradient` [P],
 * `prediction` [S,N,P], and `next_<state>` of what is carried.
 */
export const gradientProgram = (options: BatchOptions): Graph =>
  lossAndGradientProgram(windowProblem(options));
