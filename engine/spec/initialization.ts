/** How the parameters start. */
import { Type, type Static } from 'typebox';

export const Initialization = Type.Object(
  {
    input: Type.Union([Type.Literal('uniform'), Type.Literal('glorot_uniform')], {
      default: 'uniform',
      description:
        'Of the input weights. uniform: U(−1/√H, 1/√H), as PyTorch; glorot_uniform: Glorot & Bengio 2010.',
    }),
    recurrent: Type.Union([Type.Literal('uniform'), Type.Literal('orthogonal'), Type.Literal('identity')], {
      default: 'uniform',
      description:
        'Of the recurrent weights, gate by gate. orthogonal: Saxe et al. 2014; identity: for relu networks (Le et al. 2015).',
    }),
    forget_bias: Type.Optional(
      Type.Number({
        minimum: -10,
        maximum: 10,
        description:
          'Initial bias of the forget gate of an lstm; 1 helps to remember (Jozefowicz et al. 2015).',
      }),
    ),
  },
  { additionalProperties: false, default: {} },
);
export type Initialization = Static<typeof Initialization>;
