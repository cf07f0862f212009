/** One recurrent layer over a whole sequence, in one direction. */
import { add, expand, fill, multiply, scalar, scan, subtract } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Cell } from '../cells/cell.ts';
import { recurrentStep } from './recurrent-step.ts';

export interface RecurrentOptions {
  readonly layerNorm: boolean;
  readonly learnInitialState: boolean;
  /** [H,N] each: the states to go on from; what is learned, or 0, if absent. */
  readonly initial?: readonly Tensor[];
  readonly reverse: boolean;
  /** [H,N]: what the state is multiplied by on its way to R·h, the same at every step. */
  readonly stateMask?: Tensor;
  /** [T,H,N], added to the output state of every step: zeros whose gradient is that of the states. */
  readonly probe?: Tensor;
  /** [T,N]: 0 where a step is padding, which leaves the states as they were, and 1 elsewhere. */
  readonly padding?: Tensor;
  /** Is told all states and gates of every step, [T,H,N] each, by the cell's names. */
  readonly tracer?: ((quantity: string, values: Tensor) => void) | undefined;
}

/**
 * @param parameter - by name: weight_ih [G·H,I], weight_hh [G·H,H], bias [G·H,1], the cell's own; with layer
 *   normalisation gain_ih and gain_hh [G·H,1], and gain_<state> and bias_<state> [H,1] of each long-term state; with
 *   learned initial states initial_<state> [H,1]
 * @param xs - [T,I,N]
 * @returns outputs [T,H,N] of every step, in the order of the inputs; last [H,N], of the step that was done last and is no padding; and all
 *   states [H,N] after it
 */
export function recurrent(
  cell: Cell,
  parameter: (name: string) => Tensor,
  xs: Tensor,
  options: RecurrentOptions,
): { outputs: Tensor; last: Tensor; states: readonly Tensor[] } {
  const size = parameter('weight_hh').shape[1]!;
  const N = xs.shape[2]!;

  let gates: [name: string, value: Tensor][] = [];
  const { carry, ys } = scan(
    options.initial ??
      cell.states.map((state) =>
        options.learnInitialState ? expand(parameter(`initial_${state}`), [size, N]) : fill(0, [size, N]),
      ),
    [xs, ...(options.probe ? [options.probe] : []), ...(options.padding ? [options.padding] : [])],
    (states, [x, ...others]) => {
      const probe = options.probe && others.shift();
      const real = options.padding && others.shift();
      gates = [];
      const next = recurrentStep(cell, parameter, states, x!, {
        layerNorm: options.layerNorm,
        stateMask: options.stateMask,
        ...(options.tracer && { tell: (gate, value) => gates.push([gate, value]) }),
      });
      const computed = probe ? [add(next[0]!, probe), ...next.slice(1)] : next;
      // a product with exactly 1 and one with exactly 0: padding changes no bit
      const carry = real
        ? computed.map((state, index) =>
            add(multiply(state, real), multiply(states[index]!, subtract(scalar(1), real))),
          )
        : computed;
      if (!options.tracer) return { carry, ys: [carry[0]!] };
      return { carry, ys: [...carry, ...gates.map(([, value]) => value)] };
    },
    { reverse: options.reverse },
  );
  const quantities = [...cell.states, ...gates.map(([gate]) => gate)];
  if (options.tracer) for (const [index, values] of ys.entries()) options.tracer(quantities[index]!, values);
  return { outputs: ys[0]!, last: carry[0]!, states: carry };
}
