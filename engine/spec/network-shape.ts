/** A network as the engine sees it: sizes and kinds, no column names. */
import type { Architecture } from './architectures.ts';
import type { CellKind } from './cells.ts';

export interface NetworkShape {
  readonly architecture: Architecture;
  readonly cell: CellKind;
  /** I: input features. */
  readonly inputSize: number;
  /** H: units of each layer. */
  readonly hiddenSize: number;
  readonly layers: number;
  /** O: numbers of one output (horizon × target columns, horizon outermost). */
  readonly outputSize: number;
}
