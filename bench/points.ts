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
  /** How a decoder looks at what was read: it writes as many symbols as there are steps to read. No decoder if absent. */
  readonly attention?: 'additive' | 'dot';
}

/** Of a point with attention: different symbols, and the numbers of the vector of each. */
export const vocabulary = 64;
export const embeddingSize = 32;

const gates: Record<CellKind, number> = { rnn: 1, lstm: 4, gru: 3 };

const sizes = [
  { input: 1, hidden: 32, steps: 30, batch: 32 },
  { input: 8, hidden: 64, steps: 50, batch: 32 },
  { input: 16, hidden: 128, steps: 50, batch: 32 },
  { input: 64, hidden: 256, steps: 100, batch: 64 },
  { input: 256, hidden: 512, steps: 35, batch: 20 },
] as const;

const [, small, , large] = sizes;
/** What a decoder reads; as many steps as a sentence has words or a word letters. */
const read = [
  { ...small, steps: 30 },
  { ...large, steps: 30 },
];

export const points: readonly Point[] = [
  ...(Object.keys(gates) as CellKind[]).flatMap((cell) => sizes.map((size) => ({ cell, ...size }))),
  ...[small, large].flatMap((size): Point[] => [
    { cell: 'lstm', ...size, layer_norm: true },
    { cell: 'lstm', ...size, layers: 2, bidirectional: true },
  ]),
  ...read.flatMap((size): Point[] => [
    { cell: 'lstm', ...size, attention: 'dot' },
    { cell: 'lstm', ...size, attention: 'additive' },
  ]),
];

/**
 * Floating-point operations of the matrix products in one training step. In each layer and direction each of the T·N
 * positions multiplies the gates' [G·H, I+H] weights once forward and once for their gradient, their recurrent part once
 * more for the gradient of the state, and above the first layer their other part for that of the inputs. A decoder's matrices are all multiplied three
 * times, and so are the scores and weights of attention with the N·T outputs that each of its steps looks at.
 */
export function operationsOfStep(point: Point): number {
  const { cell, input, hidden, steps, batch, layers = 1, bidirectional = false, attention } = point;
  const directions = bidirectional ? 2 : 1;
  const first = 2 * (input + hidden) + hidden;
  const above = 3 * (directions * hidden + hidden);
  const read = 2 * steps * batch * gates[cell] * hidden * directions * (first + (layers - 1) * above);
  return attention ? read + 3 * 2 * steps * batch * decoderProducts(point) : read;
}

/** Multiplications of one step of a decoder, for one row: its gates, attention, what combines the two, and its head. */
function decoderProducts({ cell, hidden: H, steps: T, attention }: Point): number {
  const own = gates[cell] * H * (embeddingSize + 2 * H) + 2 * H * H + vocabulary * H;
  const looks = 2 * T * H;
  // additive: W q at each step, and U m of the T outputs once for all T steps
  return own + looks + (attention === 'additive' ? 2 * H * H : 0);
}

/** What a point has beside its sizes: `bidirectional, 2 layers`, `decoder, dot attention`. */
export const variantOf = ({
  layers = 1,
  bidirectional = false,
  layer_norm: layerNorm = false,
  attention,
}: Point): string =>
  [
    ...(attention ? [`decoder, ${attention} attention`] : []),
    ...(layerNorm ? ['layer norm'] : []),
    ...(bidirectional ? ['bidirectional'] : []),
    ...(layers > 1 ? [`${layers} layers`] : []),
  ].join(', ');
