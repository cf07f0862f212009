/** The recurrent cells that a specification can name. */
import { Type, type Static } from 'typebox';

export const CellKind = Type.Union([Type.Literal('rnn'), Type.Literal('lstm'), Type.Literal('gru')], {
  description: 'Recurrent cell: rnn (tanh), lstm, or gru in its reset-after form.',
});
export type CellKind = Static<typeof CellKind>;
