import type { Operation } from '../operation.ts';
import { keptShape, reduced, reducedShape } from './reduce.ts';

/** The sum over some axes, which are gone afterwards. */
export const reduceSum: Operation<'reduceSum'> = {
  shapes: ([x], { axes }) => [reducedShape('reduceSum', x!.shape, axes)],
  gradient: (primal, [dy], { ops }) => {
    const { shape } = primal.node.inputs[0]!;
    return [ops.expand(ops.reshape(dy!, keptShape(shape, primal.attributes.axes)), shape)];
  },
  lift: ([x], { axes }, _length, ops) => [
    ops.reduceSum(
      x!.tensor,
      axes.map((axis) => axis + 1),
    ),
  ],
  onnx: (scope, inputs, { attributes }) =>
    scope.node('ReduceSum', [inputs[0]!, scope.integers(attributes.axes)], { keepdims: 0 }),
  evaluate: ([x], { axes }) => [reduced(x!, axes, 0, (sum, value) => sum + value)],
};
