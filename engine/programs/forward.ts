/** The forward equations of a network: recurrent layers on top of each other, and a linear head. */
import { reshape, transpose } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { cells } from '../nn/cells/table.ts';
import { linear } from '../nn/layers/linear.ts';
import { recurrent } from '../nn/layers/recurrent.ts';
import type { LossSteps } from '../spec/training.ts';
import type { NetworkShape } from '../spec/network-shape.ts';

/**
 * @param parameters - by the names of parameterLayout
 * @param x - [T,N,I], scaled
 * @param steps - after which steps an output is wanted
 * @returns [S,N,O], scaled; S is T for all steps and 1 for the last
 */
export function forward(
  network: NetworkShape,
  parameters: ReadonlyMap<string, Tensor>,
  x: Tensor,
  steps: LossSteps,
): Tensor {
  const get = (name: string) => parameters.get(name)!;
  let xs = transpose(x, [0, 2, 1]);
  let last = xs;
  for (let layer = 0; layer < network.layers; layer++) {
    const name = `layers.${layer}`;
    const result = recurrent(
      cells[network.cell],
      {
        weightIh: get(`${name}.weight_ih`),
        weightHh: get(`${name}.weight_hh`),
        bias: get(`${name}.bias`),
        biasHh: parameters.get(`${name}.bias_hh`) ?? null,
      },
      xs,
    );
    xs = result.outputs;
    last = result.last;
  }
  return steps === 'last'
    ? asSingleStep(transpose(linear(get('head.weight'), get('head.bias'), last), [1, 0]))
    : transpose(linear(get('head.weight'), get('head.bias'), xs), [0, 2, 1]);
}

/** [N,O] → [1,N,O]. */
const asSingleStep = (y: Tensor): Tensor => reshape(y, [1, ...y.shape]);
