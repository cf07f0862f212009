import type { Operation } from '../operation.ts';
import { checkAxis, logSumExp, mapRows } from './along-axis.ts';

/** e^x / Σ e^x along an axis; safe for large numbers, since the largest is taken off first. */
export const softmax: Operation<'softmax'> = {
  shapes: ([x], { axis }) => {
    checkAxis('softmax', x!.shape, axis);
    return [x!.shape];
  },
  gradient: (primal, [dy], { ops }) => {
    const y = primal.output(0);
    const { axis } = primal.attributes;
    const weighted = ops.multiply(dy!, y);
    const kept = y.shape.map((size, index) => (index === axis ? 1 : size));
    return [ops.subtract(weighted, ops.multiply(y, ops.reshape(ops.reduceSum(weighted, [axis]), kept)))];
  },
  lift: ([x], { axis }, _length, ops) => [ops.softmax(x!.tensor, axis + 1)],
  onnx: (scope, inputs, { attributes }) => scope.node('Softmax', inputs, { axis: attributes.axis }),
  evaluate: ([x], { axis }) => [
    mapRows(x!, axis, (row) => {
      const total = logSumExp(row);
      return row.map((value) => Math.exp(value - total));
    }),
  ],
};
