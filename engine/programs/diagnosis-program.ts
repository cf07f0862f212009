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
import { mean } from '../nn/losses/mean.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { batchInputs, batchList, batchLoss, type BatchOptions } from './batch-loss.ts';
import { windowSteps } from './output-steps.ts';
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
 * Inputs: `parameters` [P], `x` [T,N,I], `y` [S,N,O] and, with weights, `weights` [S,N,W], and of a padded network `mask` [T,N] (a
 * padded step counts as its window's last state). Outputs, for W layers and directions: `state_gradient_norms` [W,T],
 * the Euclidean norm over units and sequences of ∂loss/∂h_t, by all ways that lead through h_t; `activation_mean`,
 * `activation_std` and `saturated` [W] of the outputs.
 */
export function diagnosisProgram(options: BatchOptions): Graph {
  const { network, lossSteps } = options;
  const parameters = input('parameters', [parameterCount(network)]);
  const batch = batchInputs(options);
  const probes: Tensor[] = [];
  const outputs: Tensor[] = [];
  const { loss } = batchLoss(options, unpack(network, parameters), batch, {
    observer: {
      probe: () => {
        const probe = fill(0, [windowSteps(lossSteps), network.hiddenSize, 'N']);
        probes.push(probe);
        return probe;
      },
      outputs: (layer) => void outputs.push(layer),
    },
  });
  const stateGradients = gradients(loss, probes);
  const stack = (tensors: readonly Tensor[]) =>
    concat(
      tensors.map((tensor) => reshape(tensor, [1, ...tensor.shape])),
      0,
    );
  return {
    inputs: [parameters, ...batchList(batch)],
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
