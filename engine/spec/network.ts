/** The `model` and `output` parts of a specification: the network and what its numbers mean. */
import { Type, type Static } from 'typebox';
import { ClassificationOutput } from './classification.ts';
import { Activation, CellKind } from './cells.ts';
import { AttentionSpecification, DecoderSpecification } from './decoder.ts';
import { Initialization } from './initialization.ts';
import { MultilabelOutput } from './multilabel.ts';
import { Pooling } from './pooling.ts';
import { RegressionOutput } from './regression.ts';
import { TokensOutput } from './tokens.ts';

export const ModelSpecification = Type.Object(
  {
    cell: CellKind,
    hidden_size: Type.Integer({ minimum: 1, maximum: 4096, default: 64 }),
    layers: Type.Integer({ minimum: 1, maximum: 16, default: 1 }),
    activation: Type.Optional(Activation),
    peepholes: Type.Boolean({
      default: false,
      description: 'Let the gates of an lstm see its long-term state (Gers & Schmidhuber 2000).',
    }),
    bidirectional: Type.Boolean({
      default: false,
      description:
        'Read in both directions. For sequence_to_vector, and for labels of rows: elsewhere an output would see its own target.',
    }),
    layer_norm: Type.Boolean({
      default: false,
      description: 'Layer normalisation inside the cell (Ba et al. 2016), with gains and biases per gate.',
    }),
    dropout: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description: 'Share of the numbers between two layers that is dropped in training, anew at every step.',
    }),
    recurrent_dropout: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description:
        'Share of the state that is dropped in training on its way to the next step, the same units at every step (Gal & Ghahramani 2016).',
    }),
    residual: Type.Boolean({
      default: false,
      description: 'Add to the output of each layer from the second on what went into it.',
    }),
    learn_initial_state: Type.Boolean({
      default: false,
      description: 'Train the initial states, which are 0 otherwise.',
    }),
    pooling: Type.Optional(Pooling),
    initialization: Initialization,
    attention: Type.Optional(AttentionSpecification),
    decoder: Type.Optional(DecoderSpecification),
    feed_vector: Type.Optional(
      Type.Boolean({
        description:
          'Of vector_to_sequence: let every step see the numbers of the row, not only the first; false by default.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const OutputSpecification = Type.Union(
  [RegressionOutput, ClassificationOutput, MultilabelOutput, TokensOutput],
  {
    default: { type: 'regression' },
  },
);

export type ModelSpecification = Static<typeof ModelSpecification>;
export type OutputSpecification = Static<typeof OutputSpecification>;
