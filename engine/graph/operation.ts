/** What there is to know of an operation: its shape rule, its gradient, its ONNX form, its value, and how it is lifted. */
import type { Dimension, Shape } from './dimensions.ts';
import type { NdArray } from './nd-array.ts';
import type { Ops } from './ops.ts';
import type { OnnxScope } from './onnx/onnx-scope.ts';
import type { Node, Scope, Tensor } from './tensor.ts';

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
type None = {};

/** The operations and their attributes. A new one is a line here, a file in ops/ and a line in ops/table.ts. */
export interface Attributes {
  input: { readonly name: string };
  argument: None;
  constant: { readonly data: readonly number[]; readonly shape: readonly number[] };
  weights: { readonly name: string; readonly data: Float32Array; readonly shape: readonly number[] };
  fill: { readonly value: number; readonly shape: Shape };
  dimension: { readonly dimension: Dimension };
  add: None;
  subtract: None;
  multiply: None;
  divide: None;
  minimum: None;
  maximum: None;
  negate: None;
  sigmoid: None;
  tanh: None;
  relu: None;
  elu: None;
  softsign: None;
  leakyRelu: None;
  sqrt: None;
  softplus: None;
  exp: None;
  log: None;
  stopGradient: None;
  absolute: None;
  sign: None;
  matmul: None;
  transpose: { readonly permutation: readonly number[] };
  reshape: { readonly shape: Shape };
  concat: { readonly axis: number };
  split: { readonly axis: number; readonly sizes: readonly number[] };
  reduceSum: { readonly axes: readonly number[] };
  reduceMax: { readonly axes: readonly number[] };
  expand: { readonly shape: Shape };
  softmax: { readonly axis: number };
  logSoftmax: { readonly axis: number };
  argmax: { readonly axis: number };
  oneHot: { readonly axis: number; readonly size: number };
  gather: { readonly kept: number };
  scatterAdd: { readonly size: number; readonly kept: number };
  scan: ScanAttributes;
}
export type OperationKind = keyof Attributes;

/**
 * `carry_t+1, y_t = body(carry_t, x_t)`, for t from 0 to length − 1, or back from length − 1 when `reverse`.
 * Inputs of the node: initial carries, sequences [length, …], then whatever the body takes from outside.
 * Outputs: final carries, then sequences [length, …].
 */
export interface ScanAttributes {
  readonly scope: Scope;
  readonly carryIn: readonly Tensor[];
  readonly xIn: readonly Tensor[];
  readonly carryOut: readonly Tensor[];
  readonly ys: readonly Tensor[];
  readonly length: Dimension;
  readonly reverse: boolean;
  /** Whether work may be moved out of the loop, at the price of memory for all steps at once. */
  readonly vectorize: boolean;
}

/** A node as its gradient rule sees it: forward values as they can be had where the gradient is computed. */
export interface Primal<Kind extends OperationKind> {
  readonly node: Node<Kind>;
  readonly attributes: Attributes[Kind];
  readonly input: (index: number) => Tensor;
  readonly output: (index: number) => Tensor;
  /** Whether a gradient with respect to this input is wanted. */
  readonly needs: (index: number) => boolean;
  /** A forward tensor, as it can be had where the gradient is computed. */
  readonly value: (tensor: Tensor) => Tensor;
}

export interface Differentiation {
  readonly ops: Ops;
  /**
   * Cotangents of `wrt` given those of `outputs`, through the nodes of `scope` alone (or of any); null where none arrives.
   * `value` gives a forward tensor as it can be had where the gradient is computed.
   */
  readonly backpropagate: (request: {
    readonly outputs: readonly Tensor[];
    readonly cotangents: readonly Tensor[];
    readonly wrt: readonly Tensor[];
    readonly scope: Scope | null | 'any';
    readonly value: (tensor: Tensor) => Tensor;
  }) => readonly (Tensor | null)[];
  /** Whether a tensor is cheaper to make again from its inputs than to keep. */
  readonly isCheap: (tensor: Tensor) => boolean;
}

/** An operand of a lifted operation: `lifted` ones have all steps of a loop on a new first axis. */
export interface Operand {
  readonly tensor: Tensor;
  readonly lifted: boolean;
}

export interface Operation<Kind extends OperationKind> {
  /** The shapes of the outputs; throws a ShapeError that names operation and operands. */
  readonly shapes: (inputs: readonly Tensor[], attributes: Attributes[Kind]) => readonly Shape[];
  /** Cotangents of the inputs from those of the outputs (null: zero). */
  readonly gradient: (
    primal: Primal<Kind>,
    cotangents: readonly (Tensor | null)[],
    differentiation: Differentiation,
  ) => readonly (Tensor | null)[];
  /** The same operation for all steps of a loop at once; null: it can only be done step by step. */
  readonly lift:
    | ((
        operands: readonly Operand[],
        attributes: Attributes[Kind],
        length: Dimension,
        ops: Ops,
      ) => readonly Tensor[])
    | null;
  /** Adds ONNX nodes; answers the names of the outputs. */
  readonly onnx: (scope: OnnxScope, inputs: readonly string[], node: Node<Kind>) => readonly string[];
  /** The values, in float64. */
  readonly evaluate: (
    inputs: readonly NdArray[],
    attributes: Attributes[Kind],
    valueOf: (dimension: Dimension) => number,
  ) => readonly NdArray[];
  /** True: no arithmetic, so a gradient makes it again rather than keep it. */
  readonly cheap?: boolean;
  /** True: each element of the result is made of one element of each operand. */
  readonly elementwise?: boolean;
  /** How many tensors of the result's size the runtime makes for itself while the operation runs; none if absent. */
  readonly workspaces?: number;
}

export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}
