/** The network that writes sequences that a specification asks for, given how wide its data are. */
import type { WriterArchitecture } from './architectures.ts';
import type { DecoderShape, EncoderDecoderShape, WriterShape } from './decoder-shape.ts';
import { encoderShape, type EncoderShape } from './network-shape.ts';
import type { ModelSpecification } from './network.ts';

export interface WriterSizes extends Pick<EncoderShape, 'inputSize' | 'embeddings' | 'padded'> {
  readonly writes: DecoderShape['writes'];
}

/** @param sizes - `inputSize`: of vector_to_sequence how many numbers the vector has */
export function writerShape(
  architecture: 'encoder_decoder',
  model: ModelSpecification,
  sizes: WriterSizes,
): EncoderDecoderShape;
export function writerShape(
  architecture: WriterArchitecture,
  model: ModelSpecification,
  sizes: WriterSizes,
): WriterShape;
export function writerShape(
  architecture: WriterArchitecture,
  model: ModelSpecification,
  sizes: WriterSizes,
): WriterShape {
  if (architecture === 'vector_to_sequence') {
    return {
      architecture,
      vectorSize: sizes.inputSize,
      ...(sizes.embeddings && { embeddings: sizes.embeddings }),
      feedVector: model.feed_vector ?? false,
      decoder: decoderShape(model, sizes),
    };
  }
  const { attention } = model;
  return {
    architecture,
    encoder: encoderShape(model, sizes),
    decoder: {
      ...decoderShape(model, sizes),
      ...(model.decoder?.feed_context === true && { feedContext: true }),
      ...(model.decoder?.feed_output === false && { feedOutput: false }),
      ...(attention && {
        attention: {
          score: attention.score,
          ...(attention.size !== undefined && { size: attention.size }),
          inputFeeding: attention.input_feeding,
        },
      }),
    },
  };
}

/** What is not said of the decoder is as in the model; activation and peepholes go where the cell has them. */
function decoderShape(
  { decoder = {}, ...model }: ModelSpecification,
  { writes }: Pick<WriterSizes, 'writes'>,
): DecoderShape {
  const cell = decoder.cell ?? model.cell;
  return {
    cell,
    hiddenSize: decoder.hidden_size ?? model.hidden_size,
    layers: decoder.layers ?? model.layers,
    layerNorm: model.layer_norm,
    residual: model.residual,
    dropout: model.dropout,
    recurrentDropout: model.recurrent_dropout,
    peepholes: model.peepholes && cell === 'lstm',
    ...(cell === 'rnn' && model.activation && { activation: model.activation }),
    writes,
  };
}
