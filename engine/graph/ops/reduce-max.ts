import type { Operation } from '../operation.ts';
import { keptShape, reduced, reducedShape } from './reduce.ts';

/** The largest number along some axes, which are gone afterwards; where several are the largest the gradient goes to all of them in equal parts, as of PyTorch's amax. */
export const reduceMax: Operation<'reduceMax'> = {
  shapes: ([x], { axes }) => [reducedShape('reduceMax', x!.shape, axes)],
  gradient: (primal, [dy], { ops }) => {
    const { axes } = primal.attributes;
    const { shape } = primal.node.inputs[0]!;
    const kept = keptShape(shape, axes);
    const largest = ops.reshape(primal.output(0), kept);
    // sign(max − x) is 0 where x is the largest, and 1 elsewhere
    const isLargest = ops.subtract(ops.scalar(1), ops.sign(ops.subtract(largest, primal.input(0))));
    const share = ops.divide(dy!, ops.reduceSum(isLargest, axes));
    return [ops.multiply(isLargest, ops.reshape(share, kept))];
  },
  lift: ([x], { axes }, _length, ops) => [
    ops.reduceMax(
      x!.tensor,
      axes.map((axis) => axis + 1),
    ),
  ],
  onnx: (scope, inputs, { attributes }) =>
    scope.node('ReduceMax', inputs, { axes: attributes.axes, keepdims: 0 }),
  evaluate: ([x], { axes }) => [reduced(x!, axes, -Infinity, Math.max)],
};
