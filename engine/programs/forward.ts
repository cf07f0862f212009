/** The forward equations of a network: recurrent layers on top of each other, and a linear head. */
import { add, concat, multiply, reshape, split, transpose } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { cellOf } from '../nn/cells/table.ts';
import { linear } from '../nn/layers/linear.ts';
import { recurrent } from '../nn/layers/recurrent.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { betweenLayers, betweenSteps } from './dropout-masks.ts';
import type { OutputSteps } from './output-steps.ts';
import { directionsOf } from './parameters.ts';

/** For a look at what happens in each layer and direction. */
export interface Observer {
  /** [T,H,N], added to the states. */
  readonly probe: (layer: number, direction: string) => Tensor;
  /** @param outputs - [T,H,N] */
  readonly outputs: (outputs: Tensor) => void;
}

export interface ForwardExtras {
  readonly observer?: Observer;
  /** The masks of dropout, by the names of dropoutMasks; nothing is dropped where there is none. */
  readonly masks?: ReadonlyMap<string, Tensor>;
}

/**
 * @param parameters - by the names of parameterLayout
 * @param x - [T,N,I], scaled
 * @param steps - after which steps an output is wanted
 * @returns [S,N,O], scaled; S is T for all steps, and as many as are wanted of the last ones
 */
export function forward(
  network: NetworkShape,
  parameters: ReadonlyMap<string, Tensor>,
  x: Tensor,
  steps: OutputSteps,
  extras: ForwardExtras = {},
): Tensor {
  const head = (features: Tensor) =>
    linear(parameters.get('head.weight')!, parameters.get('head.bias')!, features);
  let xs = transpose(x, [0, 2, 1]);
  let last: Tensor | null = null;
  for (let layer = 0; layer < network.layers; layer++) {
    const mask = extras.masks?.get(betweenLayers(layer));
    const result = recurrentLayer(network, parameters, layer, mask ? multiply(xs, mask) : xs, extras);
    const residual = network.residual === true && layer > 0;
    last = residual ? add(result.last, last!) : result.last;
    xs = residual ? add(result.outputs, xs) : result.outputs;
  }
  if (steps === 'last') return asSingleStep(transpose(head(last!), [1, 0]));
  const wanted = steps === 'all' ? xs : split(xs, 0, [steps.of - steps.last, steps.last])[1]!;
  return transpose(head(wanted), [0, 2, 1]);
}

/** One layer, in one direction or both, whose features then stand one after the other. */
function recurrentLayer(
  network: NetworkShape,
  parameters: ReadonlyMap<string, Tensor>,
  layer: number,
  xs: Tensor,
  { observer, masks }: ForwardExtras,
): { outputs: Tensor; last: Tensor } {
  const ways = directionsOf(network).map((direction) => {
    const stateMask = masks?.get(betweenSteps(layer, direction));
    return recurrent(cellOf(network), (name) => parameters.get(`layers.${layer}.${name}${direction}`)!, xs, {
      layerNorm: network.layerNorm ?? false,
      learnInitialState: network.learnInitialState ?? false,
      reverse: direction !== '',
      ...(observer && { probe: observer.probe(layer, direction) }),
      ...(stateMask && { stateMask }),
    });
  });
  for (const way of ways) observer?.outputs(way.outputs);
  const [only, ...others] = ways;
  if (others.length === 0) return only!;
  return {
    outputs: concat(
      ways.map((way) => way.outputs),
      1,
    ),
    last: concat(
      ways.map((way) => way.last),
      0,
    ),
  };
}

/** [N,O] → [1,N,O]. */
const asSingleStep = (y: Tensor): Tensor => reshape(y, [1, ...y.shape]);
