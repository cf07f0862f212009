import { broadcastShapes, formatShape, product } from '../dimensions.ts';
import { broadcastResult, forEachBroadcast, zeros, type NdArray } from '../nd-array.ts';
import { ShapeError, type Operation } from '../operation.ts';
import type { Ops } from '../ops.ts';
import type { Tensor } from '../tensor.ts';
import { alignLifted, sumTo } from './elementwise.ts';

/** Matrix product of the last two axes, [..., m, k] · [..., k, n] → [..., m, n]; the axes before them broadcast. */
export const matmul: Operation<'matmul'> = {
  shapes: ([a, b]) => {
    const fail = () =>
      new ShapeError(
        `matmul: expected [..., m, k] and [..., k, n], got ${formatShape(a!.shape)} and ${formatShape(b!.shape)}`,
      );
    if (a!.shape.length < 2 || b!.shape.length < 2 || a!.shape.at(-1) !== b!.shape.at(-2)) throw fail();
    const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    if (!batch) throw fail();
    return [[...batch, a!.shape.at(-2)!, b!.shape.at(-1)!]];
  },
  gradient: (primal, [dy], { ops }) => {
    const [a, b] = primal.node.inputs;
    return [
      primal.needs(0) ? sumTo(ops, ops.matmul(dy!, transposeLast(ops, primal.input(1))), a!.shape) : null,
      primal.needs(1) ? sumTo(ops, ops.matmul(transposeLast(ops, primal.input(0)), dy!), b!.shape) : null,
    ];
  },
  lift: (operands, _attributes, length, ops) => {
    const rank = Math.max(...operands.map(({ tensor, lifted }) => tensor.shape.length - (lifted ? 1 : 0)));
    const [a, b] = operands.map((operand) => alignLifted(ops, operand, rank, length));
    return [ops.matmul(a!, b!)];
  },
  onnx: (scope, inputs) => scope.node('MatMul', inputs),
  evaluate: ([a, b]) => [multiplyMatrices(a!, b!)],
};

function transposeLast(ops: Ops, tensor: Tensor): Tensor {
  const axes = tensor.shape.map((_, axis) => axis);
  return ops.transpose(tensor, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}

function multiplyMatrices(a: NdArray, b: NdArray): NdArray {
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const batch = broadcastResult(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const result = zeros([...batch, m, n]);
  const [matricesA, matricesB] = [a, b].map((array) => ({
    shape: array.shape.slice(0, -2),
    data: array.data,
  }));
  forEachBroadcast(batch, [matricesA!, matricesB!], (position, [left, right]) => {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum += a.data[(left! * m + i) * k + l]! * b.data[(right! * k + l) * n + j]!;
        }
        result.data[(position * m + i) * n + j] = sum;
      }
    }
  });
  return result;
}

/**
 * Σ over the first axis of a [t, m, k] · b [t, k, n], as one product [m, t·k] · [t·k, n]: a weight's gradient over all
 * steps and sequences.
 */
export function contract(ops: Ops, a: Tensor, b: Tensor): Tensor {
  const [steps, m, k] = [a.shape[0]!, a.shape[1]!, a.shape[2]!];
  const inner = product([steps, k]);
  return ops.matmul(
    ops.reshape(ops.transpose(a, [1, 0, 2]), [m, inner]),
    ops.reshape(b, [inner, b.shape[2]!]),
  );
}
