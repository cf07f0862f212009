/** The recurrent cells that a specification can name. */
import { Type, type Static } from 'typebox';

export const CellKind = Type.Union([Type.Literal('rnn'), Type.Literal('lstm'), Type.Literal('gru')], {
  description: 'Recurrent cell: rnn, lstm, or gru in its reset-after form.',
});
export type CellKind = Static<typeof CellKind>;

export const Activation = Type.Union(
  [
    Type.Literal('tanh'),
    Type.Literal('relu'),
    Type.Literal('sigmoid'),
    Type.Literal('softsign'),
    Type.Literal('elu'),
    Type.Literal('leaky_relu'),
    Type.Literal('identity'),
  ],
  { description: 'Of an rnn; tanh if absent. lstm and gru have their own.' },
);
export type Activation = Static<typeof Activation>;
