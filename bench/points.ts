/** The 15 points at which a training step is measured: from where the number of nodes limits it to where GEMM does. */
import type { CellKind } from '../engine/spec/cells.ts';

export interface Point {
  readonly cell: CellKind;
  /** I */
  readonly input: number;
  /** H */
  readonly hidden: number;
  /** T */
  readonly steps: number;
  /** N */
  readonly batch: number;
}

const gates: Record<CellKind, number> = { rnn: 1, lstm: 4, gru: 3 };

const sizes = [
  { input: 1, hidden: 32, steps: 30, batch: 32 },
  { input: 8, hidden: 64, steps: 50, batch: 32 },
  { input: 16, hidden: 128, steps: 50, batch: 32 },
  { input: 64, hidden: 256, steps: 100, batch: 64 },
  { input: 256, hidden: 512, steps: 35, batch: 20 },
] as const;

export const points: readonly Point[] = (Object.keys(gates) as CellKind[]).flatMap((cell) =>
  sizes.map((size) => ({ cell, ...size })),
);

/**
 * Floating-point operations of the matrix products in one training step. Each of the T·N positions multiplies the
 * gates' [G·H, I+H] weights once forward and once for their gradient, and their recurrent part once more for the
 * gradient of the state (the inputs need none).
 */
export function operationsOfStep({ cell, input, hidden, steps, batch }: Point): number {
  return 2 * steps * batch * gates[cell] * hidden * (2 * (input + hidden) + hidden);
}
