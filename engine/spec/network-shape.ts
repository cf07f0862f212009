/** A network as the engine sees it: sizes and kinds, no column names. */
import type { Architecture } from './architectures.ts';
import type { Activation, CellKind } from './cells.ts';
import type { ModelSpecification } from './network.ts';

export interface NetworkShape {
  readonly architecture: Architecture;
  readonly cell: CellKind;
  /** I: input features. */
  readonly inputSize: number;
  /** H: units of each layer and direction. */
  readonly hiddenSize: number;
  readonly layers: number;
  /** O: numbers of one output (horizon × target columns, horizon outermost). */
  readonly outputSize: number;
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

/** The network that a specification asks for, given how wide its data are. */
export const networkShape = (
  architecture: Architecture,
  model: ModelSpecification,
  sizes: { readonly inputSize: number; readonly outputSize: number },
): NetworkShape => ({
  architecture,
  cell: model.cell,
  inputSize: sizes.inputSize,
  hiddenSize: model.hidden_size,
  layers: model.layers,
  outputSize: sizes.outputSize,
  ...(model.activation && { activation: model.activation }),
  peepholes: model.peepholes,
  bidirectional: model.bidirectional,
  layerNorm: model.layer_norm,
  residual: model.residual,
  learnInitialState: model.learn_initial_state,
  dropout: model.dropout,
  recurrentDropout: model.recurrent_dropout,
});
