/** The functions that graphs are written with. Each checks its operands' shapes at once. */
import type { Dimension, Shape } from './dimensions.ts';
import type { Attributes, OperationKind } from './operation.ts';
import { operation } from './ops/table.ts';
import { makeScan } from './make-scan.ts';
import { makeNode, newScope, type Scope, type Tensor } from './tensor.ts';

/** Makes a node of any kind but those that need more than inputs and attributes. */
export function apply<Kind extends OperationKind>(
  kind: Kind,
  inputs: readonly Tensor[],
  attributes: Attributes[Kind],
): readonly Tensor[] {
  return makeNode(kind, inputs, attributes, operation(kind).shapes(inputs, attributes)).outputs;
}

function single<Kind extends OperationKind>(
  kind: Kind,
  inputs: readonly Tensor[],
  attributes: Attributes[Kind],
) {
  return apply(kind, inputs, attributes)[0]!;
}

export const input = (name: string, shape: Shape): Tensor =>
  makeNode('input', [], { name }, [shape]).outputs[0]!;
export const argument = (scope: Scope, shape: Shape): Tensor =>
  makeNode('argument', [], {}, [shape], scope).outputs[0]!;
export const constant = (data: readonly number[], shape: readonly number[]): Tensor =>
  single('constant', [], { data, shape });
/** Given numbers with a name of their own: the trained parameters of an exported model. */
export const weights = (name: string, data: Float32Array, shape: readonly number[]): Tensor =>
  single('weights', [], { name, data, shape });
export const scalar = (value: number): Tensor => constant([value], []);
export const fill = (value: number, shape: Shape): Tensor =>
  shape.length === 0 ? scalar(value) : single('fill', [], { value, shape });
/** The value of a dimension: a number that is known when the program runs. */
export const dimension = (size: Dimension): Tensor =>
  typeof size === 'number' ? scalar(size) : single('dimension', [], { dimension: size });

export const add = (a: Tensor, b: Tensor): Tensor => single('add', [a, b], {});
export const subtract = (a: Tensor, b: Tensor): Tensor => single('subtract', [a, b], {});
export const multiply = (a: Tensor, b: Tensor): Tensor => single('multiply', [a, b], {});
export const divide = (a: Tensor, b: Tensor): Tensor => single('divide', [a, b], {});
export const minimum = (a: Tensor, b: Tensor): Tensor => single('minimum', [a, b], {});
export const maximum = (a: Tensor, b: Tensor): Tensor => single('maximum', [a, b], {});
export const negate = (x: Tensor): Tensor => single('negate', [x], {});
export const sigmoid = (x: Tensor): Tensor => single('sigmoid', [x], {});
export const tanh = (x: Tensor): Tensor => single('tanh', [x], {});
export const relu = (x: Tensor): Tensor => single('relu', [x], {});
export const elu = (x: Tensor): Tensor => single('elu', [x], {});
export const softsign = (x: Tensor): Tensor => single('softsign', [x], {});
export const leakyRelu = (x: Tensor): Tensor => single('leakyRelu', [x], {});
export const softplus = (x: Tensor): Tensor => single('softplus', [x], {});
export const sqrt = (x: Tensor): Tensor => single('sqrt', [x], {});
export const exp = (x: Tensor): Tensor => single('exp', [x], {});
export const log = (x: Tensor): Tensor => single('log', [x], {});
/** The same value, through which no gradient passes. */
export const stopGradient = (x: Tensor): Tensor => single('stopGradient', [x], {});
export const absolute = (x: Tensor): Tensor => single('absolute', [x], {});
export const sign = (x: Tensor): Tensor => single('sign', [x], {});
export const matmul = (a: Tensor, b: Tensor): Tensor => single('matmul', [a, b], {});
export const transpose = (x: Tensor, permutation: readonly number[]): Tensor =>
  single('transpose', [x], { permutation });
export const reshape = (x: Tensor, shape: Shape): Tensor => single('reshape', [x], { shape });
export const concat = (xs: readonly Tensor[], axis: number): Tensor => single('concat', xs, { axis });
export const split = (x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] =>
  apply('split', [x], { axis, sizes });
export const reduceSum = (x: Tensor, axes: readonly number[]): Tensor => single('reduceSum', [x], { axes });
export const reduceMax = (x: Tensor, axes: readonly number[]): Tensor => single('reduceMax', [x], { axes });
export const expand = (x: Tensor, shape: Shape): Tensor => single('expand', [x], { shape });
export const softmax = (x: Tensor, axis: number): Tensor => single('softmax', [x], { axis });
export const logSoftmax = (x: Tensor, axis: number): Tensor => single('logSoftmax', [x], { axis });
/** Indices as floats; the axis is gone. */
export const argmax = (x: Tensor, axis: number): Tensor => single('argmax', [x], { axis });
/** @param axis - where the new axis of `size` stands in the result */
export const oneHot = (indices: Tensor, axis: number, size: number): Tensor =>
  single('oneHot', [indices], { axis, size });
/** Rows of a table [V,D] by their indices […]: […,D]. @param kept - leading axes that table and indices share */
export const gather = (table: Tensor, indices: Tensor, kept = 0): Tensor =>
  single('gather', [table, indices], { kept });
/** Values […,D] added up in the rows that their indices […] say: [size,D]. @param kept - leading axes that stay */
export const scatterAdd = (values: Tensor, indices: Tensor, size: number, kept = 0): Tensor =>
  single('scatterAdd', [values, indices], { size, kept });

export interface ScanOptions {
  readonly reverse?: boolean;
  /** False: keep the loop as it is written, and the memory of one step. */
  readonly vectorize?: boolean;
}

/**
 * Runs `body` once for each element of the first axis of `sequences`, handing `carry` on from step to step.
 * @param carry - initial values; the body's must have the same shapes
 * @param sequences - [length, …] each, at least one
 * @returns the final carry, and the body's outputs stacked on a new first axis
 * @throws ShapeError when the lengths differ or a carry changes its shape
 */
export function scan(
  carry: readonly Tensor[],
  sequences: readonly Tensor[],
  body: (
    carry: readonly Tensor[],
    xs: readonly Tensor[],
  ) => { carry: readonly Tensor[]; ys: readonly Tensor[] },
  options: ScanOptions = {},
): { carry: readonly Tensor[]; ys: readonly Tensor[] } {
  const scope = newScope();
  const carryIn = carry.map((initial) => argument(scope, initial.shape));
  const xIn = sequences.map((sequence) => argument(scope, sequence.shape.slice(1)));
  const result = body(carryIn, xIn);
  return makeScan({
    scope,
    carries: carry.map((initial, index) => ({ initial, in: carryIn[index]!, out: result.carry[index]! })),
    sequences: sequences.map((sequence, index) => ({ sequence, in: xIn[index]! })),
    ys: result.ys,
    reverse: options.reverse ?? false,
    vectorize: options.vectorize ?? true,
  });
}

export const ops = {
  apply,
  argument,
  constant,
  scalar,
  fill,
  dimension,
  add,
  subtract,
  multiply,
  divide,
  minimum,
  maximum,
  negate,
  sigmoid,
  tanh,
  relu,
  elu,
  softsign,
  leakyRelu,
  softplus,
  sqrt,
  exp,
  log,
  stopGradient,
  absolute,
  sign,
  matmul,
  transpose,
  reshape,
  concat,
  split,
  reduceSum,
  reduceMax,
  expand,
  softmax,
  logSoftmax,
  argmax,
  oneHot,
  gather,
  scatterAdd,
};
export type Ops = typeof ops;
