/** Inputs of the training program that are drawn anew for each step: masks of dropout, and coins of scheduled sampling. */
import { evaluateDimension, type Shape } from '../graph/dimensions.ts';

/** How long a batch is along each axis that its inputs share: T steps are read, S are written, of N examples. */
export interface BatchExtent {
  readonly N: number;
  readonly T: number;
  /** Of networks that write. */
  readonly S?: number;
}

export interface DropoutMask {
  readonly draws: 'mask';
  readonly name: string;
  /** Of one mini-batch. */
  readonly shape: Shape;
  /** The share of elements that are dropped. */
  readonly rate: number;
}

/** [S,N]: 1 where a decoder goes on from what it wrote itself, 0 where it is told; 0 at the first step, where there is nothing yet. */
export interface Coins {
  readonly draws: 'coins';
  readonly name: 'coins';
  readonly shape: Shape;
}

export type DrawnInput = DropoutMask | Coins;

/** The shape of a drawn input for a mini-batch. */
export const drawnShape = ({ shape }: DrawnInput, extent: BatchExtent): readonly number[] =>
  shape.map((size) => evaluateDimension(size, (symbol) => extent[symbol as keyof BatchExtent]!));
