import type { Operation } from '../operation.ts';
import { checkAxis, logSumExp, mapRows } from './along-axis.ts';

/** x − log Σ e^x along an axis; safe for large numbers, since the largest is taken off first. */
export const logSoftmax: Operation<'logSoftmax'> = {
  shapes: ([x], { axis }) => {
    checkAxis('logSoftmax', x!.shape, axis);
    return [x!.shape];
  },
  gradient: (primal, [dy], { ops }) => {
    const y = primal.output(0);
    const { axis } = primal.attributes;
    const kept = y.shape.map((size, index) => (index === axis ? 1 : size));
    const total = ops.reshape(ops.reduceSum(dy!, [axis]), kept);
    return [ops.subtract(dy!, ops.multiply(ops.exp(y), total))];
  },
  lift: ([x], { axis }, _length, ops) => [ops.logSoftmax(x!.tensor, axis + 1)],
  // ONNX Runtime moves transpositions behind it, and then turns what goes in and what comes out: its kernel knows the last axis alone
  workspaces: 2,
  onnx: (scope, inputs, { attributes }) => scope.node('LogSoftmax', inputs, { axis: attributes.axis }),
  evaluate: ([x], { axis }) => [
    mapRows(x!, axis, (row) => {
      const total = logSumExp(row);
      return row.map((value) => value - total);
    }),
  ],
};
