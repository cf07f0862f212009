/** One recurrent layer over a whole sequence. */
import { add, fill, matmul, scan } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Cell } from '../cells/cell.ts';

export interface RecurrentParameters {
  /** [G·H,I] */
  readonly weightIh: Tensor;
  /** [G·H,H] */
  readonly weightHh: Tensor;
  /** [G·H,1] */
  readonly bias: Tensor;
  /** [rows of the cell's recurrentBiasGates,1] */
  readonly biasHh: Tensor | null;
}

/**
 * @param xs - [T,I,N]
 * @returns outputs [T,H,N] after every step, and last [H,N]; all states start at 0
 */
export function recurrent(
  cell: Cell,
  parameters: RecurrentParameters,
  xs: Tensor,
): { outputs: Tensor; last: Tensor } {
  const size = parameters.weightHh.shape[1]!;
  const zero = fill(0, [size, xs.shape[2]!]);
  const { carry, ys } = scan(
    cell.states.map(() => zero),
    [xs],
    (states, [x]) => {
      const projected = add(matmul(parameters.weightIh, x!), parameters.bias);
      const next = cell.step(states, projected, parameters);
      return { carry: next, ys: [next[0]!] };
    },
  );
  return { outputs: ys[0]!, last: carry[0]! };
}
