/** From what is read to what a decoder starts with. */
import { concat, fill, reshape, transpose } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { attentionOf } from '../../nn/attention/table.ts';
import { cellOf } from '../../nn/cells/table.ts';
import { linear } from '../../nn/layers/linear.ts';
import {
  feedsInput,
  feedsVector,
  type EncoderDecoderShape,
  type VectorToSequenceShape,
  type WriterShape,
} from '../../spec/decoder-shape.ts';
import { embedded, encode, type ForwardExtras } from '../forward.ts';
import { embeddedSize } from '../parameters.ts';
import type { DecoderState, Source, Tensors } from './decoder-step.ts';
import { bridgeSource, startsAsEncoded, vectorStep } from './writer-parameters.ts';

/** What is read. */
export interface Reading {
  /** [T,N,I], or [N,I] where a vector is read. */
  readonly x: Tensor;
  /** [T,N]: 1 for steps, 0 for padding; only of a padded encoder. */
  readonly mask?: Tensor | undefined;
}

export const sourceOf = (
  writer: WriterShape,
  parameters: Tensors,
  reading: Reading,
  extras: Pick<ForwardExtras, 'masks' | 'observer' | 'tracer'> = {},
): Source =>
  writer.architecture === 'vector_to_sequence'
    ? vectorSource(writer, parameters, reading.x)
    : encoderSource(writer, parameters, reading, extras);

function encoderSource(
  writer: EncoderDecoderShape,
  parameters: Tensors,
  { x, mask }: Reading,
  { masks, observer, tracer }: Pick<ForwardExtras, 'masks' | 'observer' | 'tracer'>,
): Source {
  const { encoder, decoder } = writer;
  const { outputs, states } = encode(encoder, partOf(parameters, 'encoder'), x, {
    ...(mask && { padding: mask }),
    ...(masks && { masks: partOf(masks, 'encoder') }),
    ...(observer && { observer }),
    ...(tracer && { tracer }),
  });
  const starts = startsAsEncoded(writer)
    ? states.map(([only]) => only!)
    : bridged(writer, parameters, (layer, state) => {
        const from = bridgeSource(writer, layer, state);
        return sideBySide(states[from.layer]!.map((direction) => direction[from.state]!));
      });
  const lastOutputs = states.at(-1)!.map(([output]) => output!);
  const vector = feedsVector(writer) ? sideBySide(lastOutputs) : null;
  if (!decoder.attention) return { states: starts, memory: null, vector };
  const values = transpose(outputs, [2, 0, 1]);
  const keys = attentionOf(decoder.attention.score).keys(
    (name) => parameters.get(`attention.${name}.weight`),
    values,
  );
  return {
    states: starts,
    memory: { values, keys, ...(mask && { mask: transpose(mask, [1, 0]) }) },
    vector,
  };
}

/** Of each direction [H,N]. */
const sideBySide = (ways: readonly Tensor[]): Tensor => (ways.length === 1 ? ways[0]! : concat(ways, 0));

/** What belongs to one part of a network, under the names that the part knows. */
export const partOf = (tensors: Tensors, part: 'encoder' | 'decoder' | 'vector'): Tensors =>
  new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(`${part}.`))
      .map(([name, tensor]) => [name.slice(part.length + 1), tensor]),
  );

function vectorSource(writer: VectorToSequenceShape, parameters: Tensors, x: Tensor): Source {
  const vector = transpose(embeddedVector(writer, parameters, x), [1, 0]);
  return {
    states: bridged(writer, parameters, () => vector),
    memory: null,
    vector: feedsVector(writer) ? vector : null,
  };
}

/** [N,I] → [N,F]: ids looked up. */
function embeddedVector(writer: VectorToSequenceShape, parameters: Tensors, x: Tensor): Tensor {
  if (!writer.embeddings?.length) return x;
  const step = vectorStep(writer);
  const N = x.shape[0]!;
  const read = embedded(step, partOf(parameters, 'vector'), reshape(x, [1, N, step.inputSize]));
  return reshape(read, [N, embeddedSize(step)]);
}

/** First states W s + b, each with a bridge of its own. */
const bridged = (
  { decoder }: WriterShape,
  parameters: Tensors,
  from: (layer: number, state: string) => Tensor,
): Source['states'] =>
  Array.from({ length: decoder.layers }, (_, layer) =>
    cellOf(decoder).states.map((state) => {
      const bridge = `bridge.${layer}.${state}`;
      return linear(
        parameters.get(`${bridge}.weight`)!,
        parameters.get(`${bridge}.bias`)!,
        from(layer, state),
      );
    }),
  );

/** The state before the first step; what is fed is 0 there. */
export function firstState({ decoder }: WriterShape, { states }: Source): DecoderState {
  const N = states[0]![0]!.shape[1]!;
  return { layers: states, feed: feedsInput(decoder) ? fill(0, [decoder.hiddenSize, N]) : null };
}
