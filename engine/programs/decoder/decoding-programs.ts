/**
 * Writing a sequence, driven from outside: one program reads and gives the state before the first step, another does one step with its
 * state as input and output. Rows come first everywhere, so that a host can leave out, repeat or reorder them.
 */
import type { Dimension } from '../../graph/dimensions.ts';
import type { Graph } from '../../graph/graph.ts';
import { concat, input, logSoftmax, reshape, split, transpose } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Memory } from '../../nn/attention/attention.ts';
import { cellOf } from '../../nn/cells/table.ts';
import {
  feedsInput,
  feedsVector,
  writtenSize,
  type DecoderShape,
  type WriterShape,
} from '../../spec/decoder-shape.ts';
import { layerWidth } from '../parameters.ts';
import { sourceWidth } from './writer-parameters.ts';
import {
  decoderStep,
  stateFrom,
  stateList,
  type DecoderState,
  type StepExtras,
  type Tensors,
} from './decoder-step.ts';
import type { LayerTracer } from '../trace.ts';
import { firstState, sourceOf } from './source.ts';
import { asWritten, head } from './writer-loss.ts';

/** The parameters as tensors, and the inputs of a program that they come from. */
export interface GivenParameters {
  readonly tensors: Tensors;
  readonly inputs: readonly Tensor[];
}

/** Names of what one step takes from the reading, and the next step again. */
export type Kept = 'memory' | 'keys' | 'mask' | 'vector';

/** Which tensors a step needs beside state and what was written. */
export function keptOf(writer: WriterShape): readonly Kept[] {
  const vector = feedsVector(writer) ? (['vector'] as const) : [];
  if (writer.architecture === 'vector_to_sequence' || !writer.decoder.attention) return vector;
  return [
    'memory',
    ...(keySize(writer) === null ? [] : (['keys'] as const)),
    ...(writer.encoder.padded === true ? (['mask'] as const) : []),
    ...vector,
  ];
}

/** A: how wide the keys are; null where they are the memory itself. */
function keySize(writer: WriterShape): number | null {
  if (writer.architecture === 'vector_to_sequence' || !writer.decoder.attention) return null;
  const { hiddenSize, attention } = writer.decoder;
  if (attention.score === 'additive') return attention.size ?? hiddenSize;
  return hiddenSize === layerWidth(writer.encoder) ? null : hiddenSize;
}

/** How many numbers the state of a row has. */
export const stateSize = (decoder: DecoderShape): number =>
  decoder.hiddenSize * (decoder.layers * cellOf(decoder).states.length + (feedsInput(decoder) ? 1 : 0));

/**
 * Inputs: `x` [N,T,I] (or [N,I], a vector) and, of a padded encoder, `mask` [N,T]. Outputs: `state` [N,D], and what keptOf names: `memory`
 * [N,T,W], `keys` [N,T,A], `mask` [N,T], `vector` [N,W], its ids looked up, or the encoder's last output state.
 */
export function startTensors(
  writer: WriterShape,
  tensors: Tensors,
  x: Tensor,
  mask: Tensor | null,
  tracer?: LayerTracer,
): ReadonlyMap<'state' | Kept, Tensor> {
  const isVector = writer.architecture === 'vector_to_sequence';
  const source = sourceOf(
    writer,
    tensors,
    {
      x: isVector ? x : transpose(x, [1, 0, 2]),
      ...(mask && { mask: transpose(mask, [1, 0]) }),
    },
    { ...(tracer && { tracer }) },
  );
  const found = new Map<'state' | Kept, Tensor>([['state', packed(firstState(writer, source))]]);
  for (const name of keptOf(writer)) {
    if (name === 'memory') found.set(name, source.memory!.values);
    else if (name === 'keys') found.set(name, source.memory!.keys);
    else if (name === 'mask') found.set(name, mask!);
    else found.set(name, transpose(source.vector!, [1, 0]));
  }
  return found;
}

export function readingInputs(writer: WriterShape): { x: Tensor; mask: Tensor | null } {
  if (writer.architecture === 'vector_to_sequence')
    return { x: input('x', ['batch', writer.vectorSize]), mask: null };
  return {
    x: input('x', ['batch', 'time', writer.encoder.inputSize]),
    mask: writer.encoder.padded === true ? input('mask', ['batch', 'time']) : null,
  };
}

/** Inputs: those of the parameters, and those of startTensors; its outputs. */
export function startProgram(writer: WriterShape, parameters: GivenParameters): Graph {
  const { x, mask } = readingInputs(writer);
  const found = startTensors(writer, parameters.tensors, x, mask);
  return {
    inputs: [...parameters.inputs, x, ...(mask ? [mask] : [])],
    // the mask is known to who reads
    outputs: [...found].filter(([name]) => name !== 'mask').map(([name, tensor]) => ({ name, tensor })),
  };
}

/** The inputs of one step beside the parameters. */
export function stepInputs(writer: WriterShape): ReadonlyMap<'written' | 'state' | Kept, Tensor> {
  const { decoder } = writer;
  const [N, T]: Dimension[] = ['batch', 'time'];
  const width = writer.architecture === 'vector_to_sequence' ? 0 : layerWidth(writer.encoder);
  const shapes: Record<Kept, readonly Dimension[]> = {
    memory: [N!, T!, width],
    keys: [N!, T!, keySize(writer) ?? 0],
    mask: [N!, T!],
    vector: [N!, sourceWidth(writer)],
  };
  return new Map<'written' | 'state' | Kept, Tensor>([
    ['written', input('written', decoder.writes.type === 'tokens' ? [N!] : [N!, writtenSize(decoder)])],
    ['state', input('state', [N!, stateSize(decoder)])],
    ...keptOf(writer).map((name) => [name, input(name, shapes[name])] as const),
  ]);
}

/** One step: the next state [N,D], and what comes out of it, [P,N]. */
export function stepTensors(
  writer: WriterShape,
  tensors: Tensors,
  inputs: ReadonlyMap<'written' | 'state' | Kept, Tensor>,
  tracer?: StepExtras['tracer'],
): { state: Tensor; output: Tensor } {
  const { decoder } = writer;
  const written = inputs.get('written')!;
  const values = inputs.get('memory');
  const mask = inputs.get('mask');
  const vector = inputs.get('vector');
  const memory: Memory | null = values
    ? { values, keys: inputs.get('keys') ?? values, ...(mask && { mask }) }
    : null;
  const next = decoderStep(
    decoder,
    tensors,
    unpacked(decoder, inputs.get('state')!),
    asWritten(decoder, tensors, decoder.writes.type === 'tokens' ? written : transpose(written, [1, 0])),
    { memory, vector: vector ? transpose(vector, [1, 0]) : null },
    { tracer },
  );
  return { state: packed(next.state), output: head(tensors, next.features) };
}

/**
 * Inputs: those of the parameters; `written` [N] ids or [N,O] numbers, what was written last; `state` [N,D]; what keptOf names, as the reading gave
 * it. Outputs: `next_state` [N,D], and `log_probabilities` [N,V] or `numbers` [N,O].
 */
export function stepProgram(writer: WriterShape, parameters: GivenParameters): Graph {
  const inputs = stepInputs(writer);
  const { state, output } = stepTensors(writer, parameters.tensors, inputs);
  const rows = transpose(output, [1, 0]);
  return {
    inputs: [...parameters.inputs, ...inputs.values()],
    outputs: [
      { name: 'next_state', tensor: state },
      writer.decoder.writes.type === 'tokens'
        ? { name: 'log_probabilities', tensor: logSoftmax(rows, 1) }
        : { name: 'numbers', tensor: rows },
    ],
  };
}

/** [H,N] each → [N,D]. */
const packed = (state: DecoderState): Tensor => transpose(concat(stateList(state), 0), [1, 0]);

function unpacked(decoder: DecoderShape, rows: Tensor): DecoderState {
  const H = decoder.hiddenSize;
  const count = stateSize(decoder) / H;
  const columns = transpose(rows, [1, 0]);
  return stateFrom(
    decoder,
    count === 1
      ? [reshape(columns, [H, columns.shape[1]!])]
      : split(columns, 0, new Array<number>(count).fill(H)),
  );
}
