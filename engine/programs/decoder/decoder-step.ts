/**
 * One step of a decoder: recurrent layers on top of each other and, with attention, a look at the encoder's outputs (Luong et al. 2015).
 *
 *   h_t  = layers(h_t−1; [what was written; ĥ_t−1; v])   what was written, ĥ_t−1 and what was read, v, where each is fed; residual layers add what went into them
 *   c_t  = Σ_s softmax(score(h_t, m_s)) m_s              context
 *   ĥ_t  = tanh(W [c_t; h_t])                            without attention ĥ_t = h_t
 *   y_t  = W ĥ_t + b                                     scores of the symbols, or numbers
 */
import { add, concat, matmul, multiply, tanh } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { attend, type Memory } from '../../nn/attention/attention.ts';
import { attentionOf } from '../../nn/attention/table.ts';
import { cellOf } from '../../nn/cells/table.ts';
import { recurrentStep } from '../../nn/layers/recurrent-step.ts';
import { feedsInput, type DecoderShape } from '../../spec/decoder-shape.ts';
import { betweenLayers, betweenSteps } from '../dropout-masks.ts';
import type { LayerTracer } from '../trace.ts';

export type Tensors = ReadonlyMap<string, Tensor>;

/** What a decoder knows of what was read. */
export interface Source {
  /** [H,N]: the first states of each layer. */
  readonly states: readonly (readonly Tensor[])[];
  /** The encoder's outputs, where there is attention. */
  readonly memory: Memory | null;
  /** v [W,N], where what was read goes into every step: a vector, or the encoder's last output state. */
  readonly vector: Tensor | null;
}

/** What goes from step to step, all [H,N]. */
export interface DecoderState {
  readonly layers: readonly (readonly Tensor[])[];
  /** ĥ, where the input is fed. */
  readonly feed: Tensor | null;
}

/** What else a step in training does. */
export interface StepExtras {
  /** The masks of dropout at this step, by the names of dropoutMasks; nothing is dropped where there is none. */
  readonly masks?: Tensors;
  /** [H,N] of each layer, added to its output state. */
  readonly probes?: readonly Tensor[];
  /** Is told all states and gates [H,N], and the weights [N,1,T] of attention. */
  readonly tracer?:
    { readonly layers: LayerTracer; readonly attention: (weights: Tensor) => void } | undefined;
}

/**
 * @param parameters - by the names of writerLayout
 * @param written - [E,N], what was written last: its vector, or the numbers themselves; null where it is not fed
 * @returns the state after the step; features ĥ [H,N]
 */
export function decoderStep(
  decoder: DecoderShape,
  parameters: Tensors,
  state: DecoderState,
  written: Tensor | null,
  { memory, vector }: Pick<Source, 'memory' | 'vector'>,
  { masks, probes, tracer }: StepExtras = {},
): { state: DecoderState; features: Tensor } {
  const cell = cellOf(decoder);
  const parameter = (name: string) => parameters.get(name)!;
  const first = 'decoder.layers.0';
  const further = [
    ...(state.feed ? [matmul(parameter(`${first}.weight_feed`), state.feed)] : []),
    ...(vector && written ? [matmul(parameter(`${first}.weight_vector`), vector)] : []),
  ];
  let x = (written ?? vector)!;
  const layers = state.layers.map((states, layer) => {
    const mask = masks?.get(betweenLayers(layer));
    const tell = tracer?.layers(layer, '');
    const [h, ...longTerm] = recurrentStep(
      cell,
      (name) => parameter(`decoder.layers.${layer}.${name}`),
      states,
      mask ? multiply(x, mask) : x,
      {
        layerNorm: decoder.layerNorm ?? false,
        stateMask: masks?.get(betweenSteps(layer, '')),
        ...(layer === 0 && { further }),
        tell,
      },
    );
    const output = probes ? add(h!, probes[layer]!) : h!;
    if (tell) for (const [index, state] of [output, ...longTerm].entries()) tell(cell.states[index]!, state);
    x = decoder.residual === true && layer > 0 ? add(output, x) : output;
    return [output, ...longTerm];
  });
  if (!decoder.attention || !memory) return { state: { layers, feed: null }, features: x };
  const { context, weights } = attend(
    attentionOf(decoder.attention.score),
    (name) => parameters.get(`attention.${name}.weight`),
    x,
    memory,
  );
  tracer?.attention(weights);
  const features = tanh(matmul(parameter('attention.combine.weight'), concat([context, x], 0)));
  return { state: { layers, feed: feedsInput(decoder) ? features : null }, features };
}

/** The tensors of a state in one order, and back again. */
export const stateList = ({ layers, feed }: DecoderState): readonly Tensor[] => [
  ...layers.flat(),
  ...(feed ? [feed] : []),
];
export function stateFrom(decoder: DecoderShape, list: readonly Tensor[]): DecoderState {
  const { states } = cellOf(decoder);
  return {
    layers: Array.from({ length: decoder.layers }, (_, layer) =>
      list.slice(layer * states.length, (layer + 1) * states.length),
    ),
    feed: feedsInput(decoder) ? list[decoder.layers * states.length]! : null,
  };
}
