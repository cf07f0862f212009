/** What a recurrent cell is: its parameters, its states, and one step of its equations. */
import type { Tensor } from '../../graph/tensor.ts';

/** A parameter's shape, rows × columns. Biases are columns, [n,1]: everything inside is feature-major. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly [number, number];
}

export interface Cell {
  /** Gates in the order of their rows in weight_ih [G·H,I], weight_hh [G·H,H] and the biases. */
  readonly gates: readonly string[];
  /** The same gates in the order of ONNX's operator. */
  readonly onnxGates: readonly string[];
  readonly onnxOperator: 'RNN' | 'LSTM' | 'GRU';
  /** What the operator has to be told of this form of the cell. */
  readonly onnxAttributes: Readonly<Record<string, number>>;
  /** Gates that have a bias of their own on the recurrent side, beside the one on the input side. */
  readonly recurrentBiasGates: readonly string[];
  /** States handed from step to step; the first is the output h. */
  readonly states: readonly string[];
  /**
   * One step.
   * @param states - [H,N] each, at t − 1
   * @param projected - W·x_t + b, [G·H,N]
   * @param parameters - weight_hh [G·H,H]; bias_hh [rows of recurrentBiasGates,1] where there is one
   * @returns the states at t
   */
  step(
    states: readonly Tensor[],
    projected: Tensor,
    parameters: { readonly weightHh: Tensor; readonly biasHh: Tensor | null },
  ): readonly Tensor[];
}
