/** What operations that act on each element by itself have in common: one or two operands, numpy's broadcasting. */
import { broadcastShapes, formatShape, type Dimension, type Shape } from '../dimensions.ts';
import { mapArray, zipArrays } from '../nd-array.ts';
import { ShapeError, type Operand, type Operation, type Primal } from '../operation.ts';
import type { Ops } from '../ops.ts';
import type { Tensor } from '../tensor.ts';

type UnaryKind =
  | 'negate'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'elu'
  | 'softsign'
  | 'leakyRelu'
  | 'softplus'
  | 'sqrt'
  | 'exp'
  | 'log'
  | 'stopGradient'
  | 'absolute'
  | 'sign';
type BinaryKind = 'add' | 'subtract' | 'multiply' | 'divide' | 'minimum' | 'maximum';

/** `gradient`: the cotangent of the operand, from that of the result. */
export function unary<Kind extends UnaryKind>(
  kind: Kind,
  onnxType: string,
  value: (x: number) => number,
  gradient: (ops: Ops, cotangent: Tensor, primal: Primal<Kind>) => Tensor | null,
): Operation<Kind> {
  return {
    shapes: ([x]) => [x!.shape],
    gradient: (primal, [cotangent], { ops }) => [gradient(ops, cotangent!, primal)],
    lift: ([x], _attributes, _length, ops) => [ops[kind](x!.tensor)],
    onnx: (scope, inputs) => scope.node(onnxType, inputs),
    evaluate: ([x]) => [mapArray(x!, value)],
    elementwise: true,
  };
}

/** `gradient`: the cotangents of both operands before they are summed over the axes that were stretched. */
export function binary<Kind extends BinaryKind>(
  kind: Kind,
  onnxType: string,
  value: (x: number, y: number) => number,
  gradient: (ops: Ops, cotangent: Tensor, primal: Primal<Kind>) => readonly [() => Tensor, () => Tensor],
): Operation<Kind> {
  return {
    shapes: ([a, b]) => {
      const shape = broadcastShapes(a!.shape, b!.shape);
      if (!shape) {
        throw new ShapeError(
          `${kind}: expected shapes that broadcast, got ${formatShape(a!.shape)} and ${formatShape(b!.shape)}`,
        );
      }
      return [shape];
    },
    gradient: (primal, [cotangent], { ops }) =>
      gradient(ops, cotangent!, primal).map((make, index) =>
        primal.needs(index) ? sumTo(ops, make(), primal.node.inputs[index]!.shape) : null,
      ),
    lift: (operands, _attributes, length, ops) => {
      const rank = Math.max(...operands.map(({ tensor, lifted }) => tensor.shape.length - (lifted ? 1 : 0)));
      const [a, b] = operands.map((operand) => alignLifted(ops, operand, rank, length));
      return [ops[kind](a!, b!)];
    },
    onnx: (scope, inputs) => scope.node(onnxType, inputs),
    evaluate: ([a, b]) => [zipArrays(a!, b!, value)],
    elementwise: true,
  };
}

/** Gives a lifted operand the rank that broadcasting needs: its own axes stay at the end, the steps come first. */
export function alignLifted(ops: Ops, { tensor, lifted }: Operand, rank: number, length: Dimension): Tensor {
  const own = lifted ? tensor.shape.slice(1) : tensor.shape;
  if (!lifted || own.length === rank) return tensor;
  return ops.reshape(tensor, [length, ...new Array<Dimension>(rank - own.length).fill(1), ...own]);
}

/** Sums over the axes on which `shape` was stretched: the gradient of broadcasting. */
export function sumTo(ops: Ops, tensor: Tensor, shape: Shape): Tensor {
  const extra = tensor.shape.length - shape.length;
  const axes = tensor.shape
    .map((dimension, axis) => ({ dimension, axis }))
    .filter(({ dimension, axis }) => axis < extra || (shape[axis - extra] === 1 && dimension !== 1))
    .map(({ axis }) => axis);
  return axes.length === 0 ? tensor : ops.reshape(ops.reduceSum(tensor, axes), shape);
}
