/** A look inside a network: how large the gradient is with respect to the state at each step, and what the states are. */
import {
  absolute,
  concat,
  fill,
  input,
  multiply,
  reduceSum,
  relu,
  reshape,
  scalar,
  sign,
  sqrt,
  subtract,
} from '../graph/ops.ts';
import { gradients } from '../graph/gradients.ts';
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import { losses } from '../nn/losses/table.ts';
import { mean } from '../nn/losses/mean.ts';
import type { Loss } from '../spec/network.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { LossSteps } from '../spec/training.ts';
import { forward } from './forward.ts';
import { directionsOf, parameterCount, unpack } from './parameters.ts';

/** An output counts as saturated beyond ±this. */
const saturation = 0.95;

/** The layers and directions, in the order of the program's outputs. */
export const observed = (
  network: NetworkShape,
): readonly { layer: number; direction: 'forward' | 'backward' }[] =>
  Array.from({ length: network.layers }, (_, layer) =>
    directionsOf(network).map((direction) => ({
      layer,
      direction: direction === '' ? ('forward' as const) : ('backward' as const),
    })),
  ).flat();

/**
 * Inputs: `parameters` [P], `x` [T,N,I], `y` [S,N,O]. Outputs, for W layers and directions: `state_gradient_norms` [W,T],
 * the Euclidean norm over units and sequences of ∂loss/∂h_t, by all ways that lead through h_t; `activation_mean`,
 * `activation_std` and `saturated` [W] of the outputs.
 */
export function diagnosisProgram(network: NetworkShape, loss: Loss, lossSteps: LossSteps): Graph {
  const parameters = input('parameters', [parameterCount(network)]);
  const x = input('x', ['T', 'N', network.inputSize]);
  const y = input('y', [lossSteps === 'all' ? 'T' : 1, 'N', network.outputSize]);
  const probes: Tensor[] = [];
  const outputs: Tensor[] = [];
  const prediction = forward(network, unpack(network, parameters), x, lossSteps, {
    observer: {
      probe: () => {
        const probe = fill(0, ['T', network.hiddenSize, 'N']);
        probes.push(probe);
        return probe;
      },
      outputs: (layer) => void outputs.push(layer),
    },
  });
  const stateGradients = gradients(losses[loss](prediction, y), probes);
  const stack = (tensors: readonly Tensor[]) =>
    concat(
      tensors.map((tensor) => reshape(tensor, [1, ...tensor.shape])),
      0,
    );
  return {
    inputs: [parameters, x, y],
    outputs: [
      {
        name: 'state_gradient_norms',
        tensor: stack(stateGradients.map((g) => sqrt(reduceSum(multiply(g, g), [1, 2])))),
      },
      { name: 'activation_mean', tensor: stack(outputs.map(mean)) },
      { name: 'activation_std', tensor: stack(outputs.map(deviation)) },
      {
        name: 'saturated',
        tensor: stack(outputs.map((h) => mean(sign(relu(subtract(absolute(h), scalar(saturation))))))),
      },
    ],
  };
}

function deviation(x: Tensor): Tensor {
  const centred = subtract(x, mean(x));
  return sqrt(mean(multiply(centred, centred)));
}
