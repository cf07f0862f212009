import { formatShape } from '../dimensions.ts';
import { sizeOf, zeros } from '../nd-array.ts';
import { ShapeError, type Operation } from '../operation.ts';

/** The sum over some axes, which are gone afterwards. */
export const reduceSum: Operation<'reduceSum'> = {
  shapes: ([x], { axes }) => {
    if (axes.some((axis) => axis < 0 || axis >= x!.shape.length)) {
      throw new ShapeError(`reduceSum: expected axes of ${formatShape(x!.shape)}, got ${formatShape(axes)}`);
    }
    return [x!.shape.filter((_, axis) => !axes.includes(axis))];
  },
  gradient: (primal, [dy], { ops }) => {
    const { shape } = primal.node.inputs[0]!;
    const kept = shape.map((dimension, axis) => (primal.attributes.axes.includes(axis) ? 1 : dimension));
    return [ops.expand(ops.reshape(dy!, kept), shape)];
  },
  lift: ([x], { axes }, _length, ops) => [
    ops.reduceSum(
      x!.tensor,
      axes.map((axis) => axis + 1),
    ),
  ],
  onnx: (scope, inputs, { attributes }) =>
    scope.node('ReduceSum', [inputs[0]!, scope.integers(attributes.axes)], { keepdims: 0 }),
  evaluate: ([x], { axes }) => {
    const kept = x!.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const result = zeros(kept.map((axis) => x!.shape[axis]!));
    const strides = x!.shape.map((_, axis) => sizeOf(x!.shape.slice(axis + 1)));
    const resultStrides = kept.map((_, index) => sizeOf(result.shape.slice(index + 1)));
    x!.data.forEach((value, position) => {
      let target = 0;
      kept.forEach((axis, index) => {
        target += (Math.floor(position / strides[axis]!) % x!.shape[axis]!) * resultStrides[index]!;
      });
      result.data[target]! += value;
    });
    return [result];
  },
};
