/** The parameters of a network that writes a sequence, in the order of the flat vector. */
import { checkWriter } from '../../spec/check-writer.ts';
import { attentionOf } from '../../nn/attention/table.ts';
import { cellOf } from '../../nn/cells/table.ts';
import {
  feedsInput,
  feedsOutput,
  feedsVector,
  outputSize,
  type DecoderShape,
  type EncoderDecoderShape,
  type VectorToSequenceShape,
  type WriterShape,
} from '../../spec/decoder-shape.ts';
import {
  addLayer,
  embeddedSize,
  embeddingParameters,
  encoderParameters,
  inOneVector,
  layerWidth,
  type Parameter,
  type ParameterKind,
  type StepShape,
  type UnplacedParameter,
} from '../parameters.ts';

/** What a bridge makes one state of one layer of the decoder from. */
export interface BridgeSource {
  readonly layer: number;
  /** Of the encoder's cell. */
  readonly state: number;
}

/** Whether the encoder's last states are the decoder's first ones as they are: layer by layer and state by state of one size. */
export function startsAsEncoded(writer: WriterShape): boolean {
  if (writer.architecture === 'vector_to_sequence') return false;
  const { encoder, decoder } = writer;
  return (
    encoder.bidirectional !== true &&
    encoder.layers === decoder.layers &&
    encoder.hiddenSize === decoder.hiddenSize &&
    cellOf(encoder).states.join() === cellOf(decoder).states.join()
  );
}

/**
 * Where a state of the decoder comes from: the same state of the encoder's layer of that number, of its top layer where it has fewer; the output
 * state where the encoder's cell has no such state.
 */
export function bridgeSource({ encoder }: EncoderDecoderShape, layer: number, state: string): BridgeSource {
  const found = cellOf(encoder).states.indexOf(state);
  return { layer: Math.min(layer, encoder.layers - 1), state: Math.max(found, 0) };
}

/** The vector that is read, as one step. */
export const vectorStep = ({ vectorSize, embeddings = [] }: VectorToSequenceShape): StepShape => ({
  inputSize: vectorSize,
  embeddings,
});

/** W: how wide what the decoder starts from is, and what goes into every step where it does. */
export const sourceWidth = (writer: WriterShape): number =>
  writer.architecture === 'vector_to_sequence'
    ? embeddedSize(vectorStep(writer))
    : layerWidth(writer.encoder);

/** A, of additive attention. */
const attentionSize = ({ attention, hiddenSize }: DecoderShape): number => attention?.size ?? hiddenSize;

/**
 * Names: those of the encoder behind `encoder.`, of the vector's embeddings behind `vector.`; `bridge.<layer>.<state>.weight` and `.bias`; `decoder.embedding.weight` [V,E];
 * `decoder.layers.<layer>.…` as of any recurrent layer, with `weight_feed` [G·H,H] for what attention found and `weight_vector` [G·H,W] for
 * what was read in layer 0 (where nothing that was written is fed, `weight_ih` is of what was read, and there is no embedding); `attention.…`; `head.weight` [P,H], `head.bias`.
 * @throws Error when parts of the network do not go together (see checkWriter)
 */
export function writerLayout(writer: WriterShape): readonly Parameter[] {
  const [impossible] = checkWriter(writer);
  if (impossible) throw new Error(`network ${impossible.pointer}: ${impossible.message}`);
  const { decoder } = writer;
  const { hiddenSize: H, writes, attention } = decoder;
  const found: UnplacedParameter[] = [];
  const add = (name: string, kind: ParameterKind, rows: number, columns = 1) =>
    found.push({ name, kind, shape: [rows, columns] });
  const cell = cellOf(decoder);

  if (writer.architecture === 'encoder_decoder') {
    for (const parameter of encoderParameters(writer.encoder))
      found.push({ ...parameter, name: `encoder.${parameter.name}` });
  } else {
    for (const parameter of embeddingParameters(vectorStep(writer)))
      found.push({ ...parameter, name: `vector.${parameter.name}` });
  }
  if (!startsAsEncoded(writer)) {
    for (let layer = 0; layer < decoder.layers; layer++) {
      for (const state of cell.states) {
        add(`bridge.${layer}.${state}.weight`, 'head_weight', H, sourceWidth(writer));
        add(`bridge.${layer}.${state}.bias`, 'bias', H);
      }
    }
  }
  if (writes.type === 'tokens' && feedsOutput(decoder))
    add('decoder.embedding.weight', 'embedding', writes.vocabulary, writes.embeddingSize);
  const rows = cell.gates.length * H;
  const writtenWidth = writes.type === 'tokens' ? writes.embeddingSize : writes.size;
  const width = feedsOutput(decoder) ? writtenWidth : sourceWidth(writer);
  for (let layer = 0; layer < decoder.layers; layer++) {
    const prefix = `decoder.layers.${layer}`;
    addLayer(decoder, layer === 0 ? width : H, (name, kind, height, columns) =>
      add(`${prefix}.${name}`, kind, height, columns),
    );
    if (layer > 0) continue;
    if (feedsInput(decoder)) add(`${prefix}.weight_feed`, 'input_weight', rows, H);
    if (feedsVector(writer) && feedsOutput(decoder))
      add(`${prefix}.weight_vector`, 'input_weight', rows, sourceWidth(writer));
  }
  if (writer.architecture === 'encoder_decoder' && attention) {
    const sizes = { query: H, memory: layerWidth(writer.encoder), size: attentionSize(decoder) };
    for (const { name, shape } of attentionOf(attention.score).parameters(sizes))
      add(`attention.${name}.weight`, 'head_weight', ...shape);
    add('attention.combine.weight', 'head_weight', H, sizes.memory + H);
  }
  add('head.weight', 'head_weight', outputSize(decoder), H);
  add('head.bias', 'bias', outputSize(decoder));
  return inOneVector(found);
}
