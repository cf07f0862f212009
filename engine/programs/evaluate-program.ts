/** The evaluation program: the output after the last step, and its loss. */
import type { Graph } from '../graph/graph.ts';
import { input } from '../graph/ops.ts';
import { losses } from '../nn/losses/table.ts';
import type { Loss } from '../spec/network.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { forward } from './forward.ts';
import { parameterCount, unpack } from './parameters.ts';

/** Inputs: `parameters` [P], `x` [T,N,I], `y` [1,N,O]. Outputs: `prediction` [1,N,O] and `loss` [], their mean over all. */
export function evaluateProgram(network: NetworkShape, loss: Loss): Graph {
  const parameters = input('parameters', [parameterCount(network)]);
  const x = input('x', ['T', 'N', network.inputSize]);
  const y = input('y', [1, 'N', network.outputSize]);
  const prediction = forward(network, unpack(network, parameters), x, 'last');
  return {
    inputs: [parameters, x, y],
    outputs: [
      { name: 'prediction', tensor: prediction },
      { name: 'loss', tensor: losses[loss](prediction, y) },
    ],
  };
}
