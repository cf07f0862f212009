/** The forward equations of a network: recurrent layers on top of each other, and a linear head. */
import { add, concat, gather, multiply, reshape, split, transpose } from '../graph/ops.ts';
import type { Shape } from '../graph/dimensions.ts';
import type { Tensor } from '../graph/tensor.ts';
import { cellOf } from '../nn/cells/table.ts';
import { linear } from '../nn/layers/linear.ts';
import { pool } from '../nn/layers/pool.ts';
import { recurrent } from '../nn/layers/recurrent.ts';
import type { EncoderShape, NetworkShape } from '../spec/network-shape.ts';
import { betweenLayers, betweenSteps } from './dropout-masks.ts';
import type { OutputSteps } from './output-steps.ts';
import { directionsOf, numbersOf, type StepShape } from './parameters.ts';
import type { LayerTracer } from './trace.ts';

/** For a look at what happens in each layer and direction. */
export interface Observer {
  /** Of the next layer and direction: [T,H,N], added to its states. */
  readonly probe: (shape: Shape) => Tensor;
  /** @param outputs - [T,H,N] */
  readonly outputs: (outputs: Tensor) => void;
}

export interface ForwardExtras {
  readonly observer?: Observer;
  /** Is told all states and gates. */
  readonly tracer?: LayerTracer | undefined;
  /** The masks of dropout, by the names of dropoutMasks; nothing is dropped where there is none. */
  readonly masks?: ReadonlyMap<string, Tensor>;
  /** [T,N], 1 for the steps of a window and 0 for its padding at the end; there is none if absent. */
  readonly padding?: Tensor;
  /** [H,N] of each state, by layer: what to go on from, of networks of one direction; the initial states if absent. */
  readonly initial?: readonly (readonly Tensor[])[];
}

/**
 * @param parameters - by the names of parameterLayout
 * @param x - [T,N,I], scaled; ids as they are
 * @param steps - after which steps an output is wanted
 * @returns [S,N,O], scaled; S is T for all steps, and as many as are wanted of the last ones
 */
export const forward = (
  network: NetworkShape,
  parameters: ReadonlyMap<string, Tensor>,
  x: Tensor,
  steps: OutputSteps,
  extras: ForwardExtras = {},
): Tensor => forwardWithStates(network, parameters, x, steps, extras).outputs;

/** The same, and the states [H,N] after the last step, in the order of carriedStates. */
export function forwardWithStates(
  network: NetworkShape,
  parameters: ReadonlyMap<string, Tensor>,
  x: Tensor,
  steps: OutputSteps,
  extras: ForwardExtras = {},
): { outputs: Tensor; states: readonly Tensor[] } {
  const head = (features: Tensor) =>
    linear(parameters.get('head.weight')!, parameters.get('head.bias')!, features);
  const encoding = encode(network, parameters, x, extras);
  const states = encoding.states.flat(2);
  const { pooling = 'last' } = network;
  if (steps === 'last') {
    const pooled = pool(pooling, encoding, extras.padding);
    return { outputs: asSingleStep(transpose(head(pooled), [1, 0])), states };
  }
  if (pooling !== 'last')
    throw new Error(`internal: expected one output of a network with pooling ${pooling}, got several`);
  const wanted =
    steps === 'all' ? encoding.outputs : split(encoding.outputs, 0, [steps.of - steps.last, steps.last])[1]!;
  return { outputs: transpose(head(wanted), [0, 2, 1]), states };
}

export interface Encoding {
  /** [T,W,N], of the layer on top, W = D·H. */
  readonly outputs: Tensor;
  /** [W,N], of the step that was done last. */
  readonly last: Tensor;
  /** [H,N]: of each layer, each direction, each state of the cell, after the step that was done last. */
  readonly states: readonly (readonly (readonly Tensor[])[])[];
}

/** Recurrent layers on top of each other. */
export function encode(
  network: EncoderShape,
  parameters: ReadonlyMap<string, Tensor>,
  x: Tensor,
  extras: ForwardExtras = {},
): Encoding {
  const states: (readonly (readonly Tensor[])[])[] = [];
  let xs = transpose(embedded(network, parameters, x), [0, 2, 1]);
  let last: Tensor | null = null;
  for (let layer = 0; layer < network.layers; layer++) {
    const mask = extras.masks?.get(betweenLayers(layer));
    const result = recurrentLayer(network, parameters, layer, mask ? multiply(xs, mask) : xs, extras);
    const residual = network.residual === true && layer > 0;
    last = residual ? add(result.last, last!) : result.last;
    xs = residual ? add(result.outputs, xs) : result.outputs;
    states.push(result.states);
  }
  return { outputs: xs, last: last!, states };
}

/** One layer, in one direction or both, whose features then stand one after the other. */
function recurrentLayer(
  network: EncoderShape,
  parameters: ReadonlyMap<string, Tensor>,
  layer: number,
  xs: Tensor,
  { observer, masks, padding, initial, tracer }: ForwardExtras,
): { outputs: Tensor; last: Tensor; states: readonly (readonly Tensor[])[] } {
  const ways = directionsOf(network).map((direction) => {
    const stateMask = masks?.get(betweenSteps(layer, direction));
    return recurrent(cellOf(network), (name) => parameters.get(`layers.${layer}.${name}${direction}`)!, xs, {
      layerNorm: network.layerNorm ?? false,
      learnInitialState: network.learnInitialState ?? false,
      ...(initial && { initial: initial[layer]! }),
      reverse: direction !== '',
      ...(observer && { probe: observer.probe([xs.shape[0]!, network.hiddenSize, xs.shape[2]!]) }),
      ...(stateMask && { stateMask }),
      ...(padding && { padding }),
      ...(tracer && { tracer: tracer(layer, direction) }),
    });
  });
  for (const way of ways) observer?.outputs(way.outputs);
  const [only, ...others] = ways;
  const states = ways.map((way) => way.states);
  if (others.length === 0) return { ...only!, states };
  return {
    outputs: concat(
      ways.map((way) => way.outputs),
      1,
    ),
    last: concat(
      ways.map((way) => way.last),
      0,
    ),
    states,
  };
}

/** [T,N,I] → [T,N,W]: the numbers of each step, and after them what stands in the tables for its ids. */
export function embedded(shape: StepShape, parameters: ReadonlyMap<string, Tensor>, x: Tensor): Tensor {
  const { embeddings = [] } = shape;
  if (embeddings.length === 0) return x;
  const numbers = numbersOf(shape);
  const sizes = [...(numbers > 0 ? [numbers] : []), ...embeddings.map(() => 1)];
  const pieces = sizes.length === 1 ? [x] : split(x, 2, sizes);
  const vectors = embeddings.map((_, index) =>
    gather(
      parameters.get(`embeddings.${index}.weight`)!,
      reshape(pieces.at(index - embeddings.length)!, x.shape.slice(0, 2)),
    ),
  );
  const parts = numbers > 0 ? [pieces[0]!, ...vectors] : vectors;
  return parts.length === 1 ? parts[0]! : concat(parts, 2);
}

/** [N,O] → [1,N,O]. */
const asSingleStep = (y: Tensor): Tensor => reshape(y, [1, ...y.shape]);
