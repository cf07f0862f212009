/** One step of a recurrent layer. */
import { add, matmul, multiply } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Cell } from '../cells/cell.ts';
import { affine } from './affine.ts';
import { layerNorm } from './layer-norm.ts';

export interface RecurrentStepOptions {
  readonly layerNorm: boolean;
  /** [H,N]: what the state is multiplied by on its way to R·h. */
  readonly stateMask?: Tensor | undefined;
  /** [G·H,N]: what other inputs than x add to W·x. */
  readonly further?: readonly Tensor[];
  /** Is told each gate and candidate [H,N]. */
  readonly tell?: ((gate: string, value: Tensor) => void) | undefined;
}

/**
 * @param parameter - by name: weight_ih [G·H,I], weight_hh [G·H,H], bias [G·H,1], the cell's own; with layer
 *   normalisation gain_ih and gain_hh [G·H,1], and gain_<state> and bias_<state> [H,1] of each long-term state
 * @param states - [H,N] each, at t − 1
 * @param x - [I,N]
 * @returns the states at t
 */
export function recurrentStep(
  cell: Cell,
  parameter: (name: string) => Tensor,
  states: readonly Tensor[],
  x: Tensor,
  { layerNorm: normalizes, stateMask, further = [], tell }: RecurrentStepOptions,
): readonly Tensor[] {
  const gates = cell.gates.length;
  const normalize = (tensor: Tensor, gain: string, blocks: number): Tensor =>
    normalizes ? layerNorm(tensor, parameter(gain), blocks) : tensor;
  const longTerm = cell.states[1];
  const projected = normalizes
    ? add(
        normalize(further.reduce(add, matmul(parameter('weight_ih'), x)), 'gain_ih', gates),
        parameter('bias'),
      )
    : further.reduce(add, affine(parameter('weight_ih'), parameter('bias'), x));
  return cell.step(states, projected, {
    recurrent: (h) =>
      normalize(matmul(parameter('weight_hh'), stateMask ? multiply(h, stateMask) : h), 'gain_hh', gates),
    normalized: (state) =>
      normalizes ? add(normalize(state, `gain_${longTerm}`, 1), parameter(`bias_${longTerm}`)) : state,
    parameter,
    tell,
  });
}
