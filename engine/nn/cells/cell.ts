/** What a recurrent cell is: its parameters, its states, and one step of its equations. */
import type { AttributeValue } from '../../graph/onnx/onnx-scope.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** What a step may use beside the states and the projected input. */
export interface StepContext {
  /** R·h, [G·H,N]; with layer normalisation, its normalised form. */
  readonly recurrent: (h: Tensor) => Tensor;
  /** A long-term state on its way to the output; with layer normalisation, its normalised form. */
  readonly normalized: (state: Tensor) => Tensor;
  /** One of the cell's own parameters. */
  readonly parameter: (name: string) => Tensor;
  /** Is told each gate and candidate [H,N], by the names of `gates`, where somebody looks. */
  readonly tell?: ((gate: string, value: Tensor) => void) | undefined;
}

export interface CellParameter {
  readonly name: string;
  /** One block of H rows for each of these gates; all columns, [n·H,1]. */
  readonly gates: readonly string[];
}

export interface Cell {
  /** Gates in the order of their rows in weight_ih [G·H,I], weight_hh [G·H,H] and bias [G·H,1]. */
  readonly gates: readonly string[];
  /** Parameters beside these three. */
  readonly parameters: readonly CellParameter[];
  /** States handed from step to step; the first is the output h. */
  readonly states: readonly string[];
  /**
   * One step.
   * @param states - [H,N] each, at t − 1
   * @param projected - W·x_t + b, [G·H,N]
   * @returns the states at t
   */
  step(states: readonly Tensor[], projected: Tensor, context: StepContext): readonly Tensor[];
  /** The standard operator that computes the same. */
  readonly onnx: {
    readonly operator: 'RNN' | 'LSTM' | 'GRU';
    /** The gates in the operator's order. */
    readonly gates: readonly string[];
    /** The gates of its peephole input, when the cell has one. */
    readonly peepholes?: readonly string[];
    /** What the operator has to be told, for a number of directions. */
    readonly attributes: (directions: number) => Readonly<Record<string, AttributeValue>>;
  };
}
