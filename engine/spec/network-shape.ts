/** A network as the engine sees it: sizes and kinds, no column names. */
import type { ReaderArchitecture } from './architectures.ts';
import type { Activation, CellKind } from './cells.ts';
import type { ModelSpecification } from './network.ts';
import type { Pooling } from './pooling.ts';

/** A table [V,D] of learned vectors. */
export interface Embedding {
  /** V: ids from 0 to V − 1. */
  readonly vocabulary: number;
  /** D */
  readonly size: number;
}

/** Recurrent layers without an output. */
export interface EncoderShape {
  readonly cell: CellKind;
  /** I: numbers of one input step, the ids of the embeddings included. */
  readonly inputSize: number;
  /** The last numbers of a step are ids, each looked up in a table of its own (whole numbers below the vocabulary); none if absent. */
  readonly embeddings?: readonly Embedding[];
  /** Whether windows have lengths of their own: steps from there on are padding, which changes neither state nor output. */
  readonly padded?: boolean;
  /** H: units of each layer and direction. */
  readonly hiddenSize: number;
  readonly layers: number;
  /** Of an rnn; tanh if absent. */
  readonly activation?: Activation;
  /** What follows is off if absent. */
  readonly peepholes?: boolean;
  readonly bidirectional?: boolean;
  readonly layerNorm?: boolean;
  readonly residual?: boolean;
  readonly learnInitialState?: boolean;
  /** Shares dropped in training, between layers and on the way from step to step; 0 if absent. */
  readonly dropout?: number;
  readonly recurrentDropout?: number;
}

export interface NetworkShape extends EncoderShape {
  readonly architecture: ReaderArchitecture;
  /** Of sequence_to_vector: what the head sees of the steps; the last state if absent. */
  readonly pooling?: Pooling;
  /** O: numbers of one output (horizon × target columns, horizon outermost). */
  readonly outputSize: number;
}

/** The recurrent layers that a specification asks for, given how wide its data are. */
export const encoderShape = (
  model: ModelSpecification,
  sizes: Pick<EncoderShape, 'inputSize' | 'embeddings' | 'padded'>,
): EncoderShape => ({
  cell: model.cell,
  inputSize: sizes.inputSize,
  hiddenSize: model.hidden_size,
  layers: model.layers,
  ...(sizes.embeddings && { embeddings: sizes.embeddings }),
  ...(sizes.padded === true && { padded: true }),
  ...(model.cell === 'rnn' && model.activation && { activation: model.activation }),
  peepholes: model.peepholes && model.cell === 'lstm',
  bidirectional: model.bidirectional,
  layerNorm: model.layer_norm,
  residual: model.residual,
  learnInitialState: model.learn_initial_state,
  dropout: model.dropout,
  recurrentDropout: model.recurrent_dropout,
});

/** The network that a specification asks for. */
export const networkShape = (
  architecture: ReaderArchitecture,
  model: ModelSpecification,
  sizes: Pick<NetworkShape, 'inputSize' | 'outputSize' | 'embeddings' | 'padded'>,
): NetworkShape => ({
  ...encoderShape(model, sizes),
  architecture,
  ...(model.pooling && { pooling: model.pooling }),
  outputSize: sizes.outputSize,
});
