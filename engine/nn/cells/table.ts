/** All cells that a specification can name. */
import type { CellKind } from '../../spec/cells.ts';
import type { Cell } from './cell.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { rnn } from './rnn.ts';

export const cells: Record<CellKind, Cell> = { rnn, lstm, gru };
