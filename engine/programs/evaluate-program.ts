/** The evaluation program: the output after the last step, and its loss. */
import type { Graph } from '../graph/graph.ts';
import { input } from '../graph/ops.ts';
import { batchInputs, batchList, batchLoss, type BatchOptions } from './batch-loss.ts';
import { parameterCount, unpack } from './parameters.ts';

/**
 * Inputs: `parameters` [P], `x` [T,N,I], `y` [1,N,O] and, with weights, `weights` [1,N,W], and of a padded network
 * `mask` [T,N]. Outputs: `prediction` [1,N,P], `loss` [],
 * the mean over all targets, or Σ w·l / Σ w, and with weights `weight` [], their sum.
 */
export function evaluateProgram(options: Omit<BatchOptions, 'lossSteps'>): Graph {
  const parameters = input('parameters', [parameterCount(options.network)]);
  const last: BatchOptions = { ...options, lossSteps: 'last' };
  const batch = batchInputs(last);
  const { prediction, loss, sums } = batchLoss(last, unpack(options.network, parameters), batch);
  return {
    inputs: [parameters, ...batchList(batch)],
    outputs: [
      { name: 'prediction', tensor: prediction },
      { name: 'loss', tensor: loss },
      ...(sums ? [{ name: 'weight', tensor: sums.weight }] : []),
    ],
  };
}
