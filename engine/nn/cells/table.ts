/** All cells that a specification can name. */
import type { CellKind } from '../../spec/cells.ts';
import type { NetworkShape } from '../../spec/network-shape.ts';
import type { Cell } from './cell.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { rnn } from './rnn.ts';

type CellShape = Pick<NetworkShape, 'cell' | 'activation' | 'peepholes'>;

const cells: Record<CellKind, (shape: CellShape) => Cell> = {
  rnn: ({ activation }) => rnn(activation),
  lstm: ({ peepholes }) => lstm(peepholes ?? false),
  gru: () => gru(),
};

/** The cell of a network's layers. */
export const cellOf = (shape: CellShape): Cell => cells[shape.cell](shape);
