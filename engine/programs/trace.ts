/**
 * A look inside one run: every state and gate of every layer, direction and step, and what attention looked at, told by the same equations that compute the
 * output (nn/cells). Files that are exported with `trace` have them as outputs beside their own.
 */
import type { Tensor } from '../graph/tensor.ts';
import { wayOf, type Direction } from './parameters.ts';

/** Takes a quantity of one layer and direction: [T,H,N] of what reads, [H,N] of a single step. @param quantity - a state (h, c) or gate as the cell names it */
export type Tracer = (quantity: string, values: Tensor) => void;

/** The tracer of each part, layer and direction. */
export type LayerTracer = (layer: number, direction: Direction) => Tracer;

export interface TraceOutput {
  readonly name: string;
  readonly tensor: Tensor;
}

/** What the outputs of a trace are called: `trace/encoder/0/forward/h`; of networks of one part `trace/layers/…`. */
export const traceName = (
  part: 'layers' | 'encoder' | 'decoder',
  layer: number,
  direction: Direction,
  quantity: string,
): string => `trace/${part}/${layer}/${wayOf(direction)}/${quantity}`;

/** [N,1,T] of each step that is written: the weights of the steps that were read. */
export const attentionTrace = 'trace/attention';

export const isTrace = (name: string): boolean => name.startsWith('trace/');

/** Collects what it is told; `attention` the weights [N,1,T] of a single step. */
export function collectTraces(part: 'layers' | 'encoder' | 'decoder'): {
  readonly outputs: readonly TraceOutput[];
  readonly tracer: LayerTracer;
  readonly attention: (weights: Tensor) => void;
} {
  const outputs: TraceOutput[] = [];
  return {
    outputs,
    tracer: (layer, direction) => (quantity, tensor) => {
      outputs.push({ name: traceName(part, layer, direction, quantity), tensor });
    },
    attention: (tensor) => {
      outputs.push({ name: attentionTrace, tensor });
    },
  };
}
