/**
 * The points at which a training step is measured: 15 of one plain layer, from where the number of nodes limits it to where
 * GEMM does, and some of what is built from such layers.
 */
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
  /** 1 if absent. */
  readonly layers?: number;
  readonly bidirectional?: boolean;
  readonly layer_norm?: boolean;
}

const gates: Record<CellKind, number> = { rnn: 1, lstm: 4, gru: 3 };

const sizes = [
  { input: 1, hidden: 32, steps: 30, batch: 32 },
  { input: 8, hidden: 64, steps: 50, batch: 32 },
  { input: 16, hidden: 128, steps: 50, batch: 32 },
  { input: 64, hidden: 256, steps: 100, batch: 64 },
  { input: 256, hidden: 512, steps: 35, batch: 20 },
] as const;

const [, small, , large] = sizes;

export const points: readonly Point[] = [
  ...(Object.keys(gates) as CellKind[]).flatMap((cell) => sizes.map((size) => ({ cell, ...size }))),
  ...[small, large].flatMap((size): Point[] => [
    { cell: 'lstm', ...size, layer_norm: true },
    { cell: 'lstm', ...size, layers: 2, bidirectional: true },
  ]),
];

/**
 * Floating-point operations of the matrix products in one training step. In each layer and direction each of the T·N
 * positions multiplies the gates' [G·H, I+H] weights once forward and once for their gradient, their recurrent part once
 * more for the gradient of the state, and above the first layer their other part for that of the inputs.
 */
export function operationsOfStep(point: Point): number {
  const { cell, input, hidden, steps, batch, layers = 1, bidirectional = false } = point;
  const directions = bidirectional ? 2 : 1;
  const first = 2 * (input + hidden) + hidden;
  const above = 3 * (directions * hidden + hidden);
  return 2 * steps * batch * gates[cell] * hidden * directions * (first + (layers - 1) * above);
}

/** What a point has beside its sizes: `bidirectional, 2 layers`. */
export const variantOf = ({
  layers = 1,
  bidirectional = false,
  layer_norm: layerNorm = false,
}: Point): string =>
  [
    ...(layerNorm ? ['layer norm'] : []),
    ...(bidirectional ? ['bidirectional'] : []),
    ...(layers > 1 ? [`${layers} layers`] : []),
  ].join(', ');
