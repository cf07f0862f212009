import { broadcastShapes, formatShape, sameShape } from '../dimensions.ts';
import { forEachBroadcast, zeros } from '../nd-array.ts';
import { ShapeError, type Operation } from '../operation.ts';
import { alignLifted, sumTo } from './elementwise.ts';

/** Stretches axes of size 1, and adds axes in front, to reach a shape. */
export const expand: Operation<'expand'> = {
  shapes: ([x], { shape }) => {
    const reached = broadcastShapes(x!.shape, shape);
    if (!reached || !sameShape(reached, shape)) {
      throw new ShapeError(
        `expand: expected a shape that stretches to ${formatShape(shape)}, got ${formatShape(x!.shape)}`,
      );
    }
    return [shape];
  },
  gradient: (primal, [dy], { ops }) => [sumTo(ops, dy!, primal.node.inputs[0]!.shape)],
  lift: ([x], { shape }, length, ops) => [
    ops.expand(alignLifted(ops, x!, shape.length, length), [length, ...shape]),
  ],
  onnx: (scope, inputs, { attributes }) => scope.node('Expand', [inputs[0]!, scope.shape(attributes.shape)]),
  evaluate: ([x], { shape }, valueOf) => {
    const result = zeros(shape.map(valueOf));
    forEachBroadcast(result.shape, [x!], (position, [source]) => {
      result.data[position] = x!.data[source!]!;
    });
    return [result];
  },
  cheap: true,
};
