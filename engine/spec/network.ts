/** The `model` and `output` parts of a specification: the network and what its numbers mean. */
import { Type, type Static } from 'typebox';
import { CellKind } from './cells.ts';

export const ModelSpecification = Type.Object(
  {
    cell: CellKind,
    hidden_size: Type.Integer({ minimum: 1, maximum: 4096, default: 64 }),
    layers: Type.Integer({ minimum: 1, maximum: 16, default: 1 }),
  },
  { additionalProperties: false },
);

export const Loss = Type.Union([Type.Literal('mse'), Type.Literal('mae')], {
  default: 'mse',
  description: 'mse: mean squared error; mae: mean absolute error; both of the scaled targets.',
});

export const OutputSpecification = Type.Object(
  { type: Type.Literal('regression', { default: 'regression' }), loss: Loss },
  { additionalProperties: false, default: {} },
);

export type ModelSpecification = Static<typeof ModelSpecification>;
export type Loss = Static<typeof Loss>;
export type OutputSpecification = Static<typeof OutputSpecification>;
