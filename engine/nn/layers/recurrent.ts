/** One recurrent layer over a whole sequence, in one direction. */
import { add, expand, fill, matmul, multiply, scan } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Cell } from '../cells/cell.ts';
import { affine } from './affine.ts';
import { layerNorm } from './layer-norm.ts';

export interface RecurrentOptions {
  readonly layerNorm: boolean;
  readonly learnInitialState: boolean;
  readonly reverse: boolean;
  /** [H,N]: what the state is multiplied by on its way to R·h, the same at every step. */
  readonly stateMask?: Tensor;
  /** [T,H,N], added to the output state of every step: zeros whose gradient is that of the states. */
  readonly probe?: Tensor;
}

/**
 * @param parameter - by name: weight_ih [G·H,I], weight_hh [G·H,H], bias [G·H,1], the cell's own; with layer
 *   normalisation gain_ih and gain_hh [G·H,1], and gain_<state> and bias_<state> [H,1] of each long-term state; with
 *   learned initial states initial_<state> [H,1]
 * @param xs - [T,I,N]
 * @returns outputs [T,H,N] of every step, in the order of the inputs; last [H,N], of the step that was done last
 */
export function recurrent(
  cell: Cell,
  parameter: (name: string) => Tensor,
  xs: Tensor,
  options: RecurrentOptions,
): { outputs: Tensor; last: Tensor } {
  const gates = cell.gates.length;
  const weightHh = parameter('weight_hh');
  const size = weightHh.shape[1]!;
  const N = xs.shape[2]!;
  const normalize = (x: Tensor, gain: string, blocks: number): Tensor =>
    options.layerNorm ? layerNorm(x, parameter(gain), blocks) : x;
  const longTerm = cell.states[1];

  const { carry, ys } = scan(
    cell.states.map((state) =>
      options.learnInitialState ? expand(parameter(`initial_${state}`), [size, N]) : fill(0, [size, N]),
    ),
    options.probe ? [xs, options.probe] : [xs],
    (states, [x, probe]) => {
      const projected = options.layerNorm
        ? add(normalize(matmul(parameter('weight_ih'), x!), 'gain_ih', gates), parameter('bias'))
        : affine(parameter('weight_ih'), parameter('bias'), x!);
      const next = cell.step(states, projected, {
        recurrent: (h) =>
          normalize(
            matmul(weightHh, options.stateMask ? multiply(h, options.stateMask) : h),
            'gain_hh',
            gates,
          ),
        normalized: (state) =>
          options.layerNorm
            ? add(normalize(state, `gain_${longTerm}`, 1), parameter(`bias_${longTerm}`))
            : state,
        parameter,
      });
      const h = probe ? add(next[0]!, probe) : next[0]!;
      return { carry: [h, ...next.slice(1)], ys: [h] };
    },
    { reverse: options.reverse },
  );
  return { outputs: ys[0]!, last: carry[0]! };
}
