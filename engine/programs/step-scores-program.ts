/** What a network of classes says of every step: the loss of each, and the class that it finds likeliest; with states that go on. */
import type { Graph } from '../graph/graph.ts';
import { argmax, input } from '../graph/ops.ts';
import { lossOf } from '../nn/losses/table.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { batchFrom, batchInputs, batchList, batchLoss, type BatchOptions } from './batch-loss.ts';
import { carriedInputs, carriedStates } from './carried-states.ts';
import { parameterCount, unpack } from './parameters.ts';

const loss = { type: 'cross_entropy', label_smoothing: 0 } as const;

/**
 * Inputs: `parameters` [P], `x` [T,N,I], `y` [T,N,1] classes, of a padded network `mask` [T,N], and with carried states those [H,N] and `keep` [N]. Outputs:
 * `losses` [T,N,1], −log of the probability of each class, `chosen` [T,N] and, with carried states, `next_<state>` [H,N].
 */
export function stepScoresProgram(network: NetworkShape, carriesState: boolean): Graph {
  const options: BatchOptions = { network, loss, lossSteps: 'all', carriesState };
  const parameters = input('parameters', [parameterCount(network)]);
  const states = carriesState ? carriedStates(network) : [];
  const carried = carriedInputs(states);
  const inputs = batchList(batchInputs(options));
  const batch = batchFrom(options, inputs);
  const { prediction, states: next } = batchLoss(options, unpack(network, parameters), batch, { carried });
  return {
    inputs: [parameters, ...carried, ...inputs],
    outputs: [
      { name: 'losses', tensor: lossOf(loss).elements(prediction, batch.y) },
      { name: 'chosen', tensor: argmax(prediction, 2) },
      ...states.map(({ name }, index) => ({ name: `next_${name}`, tensor: next![index]! })),
    ],
  };
}
