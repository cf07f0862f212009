/** All cells that a specification can name. */
import type { CellKind } from '../../spec/cells.ts';
import type { NetworkShape } from '../../spec/network-shape.ts';
import type { Cell } from './cell.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { rnn } from './rnn.ts';

const cells: Record<CellKind, (network: NetworkShape) => Cell> = {
  rnn: ({ activation }) => rnn(activation),
  lstm: ({ peepholes }) => lstm(peepholes ?? false),
  gru: () => gru(),
};

/** The cell of a network's layers. */
export const cellOf = (network: NetworkShape): Cell => cells[network.cell](network);
