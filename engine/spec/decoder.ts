/** The parts of `model` that only networks that write sequences have. */
import { Type, type Static } from 'typebox';
import { CellKind } from './cells.ts';

export const AttentionSpecification = Type.Object(
  {
    score: Type.Union([Type.Literal('additive'), Type.Literal('dot'), Type.Literal('scaled_dot')], {
      default: 'additive',
      description:
        'How a step of the decoder is compared with the steps that were read: additive (Bahdanau et al. 2015), dot (Luong et al. 2015), or scaled_dot, over the root of the size (Vaswani et al. 2017).',
    }),
    size: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 4096,
        description: 'Of additive attention: length of the vectors that are compared; hidden_size if absent.',
      }),
    ),
    input_feeding: Type.Boolean({
      default: true,
      description: 'Whether what attention found goes into the next step (Luong et al. 2015, section 3.3).',
    }),
  },
  {
    additionalProperties: false,
    description:
      'Of encoder_decoder: each step that is written looks at all steps that were read. None if absent.',
  },
);
export type AttentionSpecification = Static<typeof AttentionSpecification>;

export const DecoderSpecification = Type.Object(
  {
    cell: Type.Optional(CellKind),
    hidden_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 4096 })),
    layers: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })),
    feed_context: Type.Optional(
      Type.Boolean({
        description:
          "Let every step see the encoder's last state, not only the first (Cho et al. 2014); false by default.",
      }),
    ),
    feed_output: Type.Optional(
      Type.Boolean({
        description:
          'Whether what was written last goes into the next step; true by default. Without it, which takes feed_context, each step is told apart by the state alone.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Of encoder_decoder: the layers that write. What is absent is as in `model`, whose layers read. Where cells, sizes or directions differ, the first states come from the last ones through a linear layer each.',
  },
);
export type DecoderSpecification = Static<typeof DecoderSpecification>;
