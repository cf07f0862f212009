/** A look inside a network: how large the gradient is with respect to the state at each step, and what the states are. */
import {
  absolute,
  concat,
  fill,
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
import { withoutDropout, type Problem } from './optimization-program.ts';

/** An output counts as saturated beyond ±this. */
const saturation = 0.95;

/** The output that holds the norms of an observed layer. */
export const stateGradientNorms = (way: number): string => `state_gradient_norms_${way}`;

/**
 * Inputs: `parameters` [P], those of the problem, and its coins; a padded step counts as its window's last state. Outputs, for the W layers
 * and directions of `problem.observed`: `state_gradient_norms_0` [T] and so on, of each step of the layer, the Euclidean norm over units and sequences of
 * ∂loss/∂h_t, by all ways that lead through h_t; `activation_mean`, `activation_std` and `saturated` [W] of the outputs.
 */
export function diagnosisProgram(problem: Problem): Graph {
  const probes: Tensor[] = [];
  const outputs: Tensor[] = [];
  const { inputs, loss } = withoutDropout(problem, {
    probe: (shape) => {
      const probe = fill(0, shape);
      probes.push(probe);
      return probe;
    },
    outputs: (layer) => void outputs.push(layer),
  });
  const stateGradients = gradients(loss, probes);
  const stack = (tensors: readonly Tensor[]) =>
    concat(
      tensors.map((tensor) => reshape(tensor, [1, ...tensor.shape])),
      0,
    );
  return {
    inputs,
    outputs: [
      ...stateGradients.map((gradient, way) => ({
        name: stateGradientNorms(way),
        tensor: sqrt(reduceSum(multiply(gradient, gradient), [1, 2])),
      })),
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
