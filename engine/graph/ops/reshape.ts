import { formatShape, product } from '../dimensions.ts';
import { ShapeError, type Operation } from '../operation.ts';

/** The same elements in the same (row-major) order, in another shape. */
export const reshape: Operation<'reshape'> = {
  shapes: ([x], { shape }) => {
    if (product(shape) !== product(x!.shape)) {
      throw new ShapeError(
        `reshape: expected as many elements as ${formatShape(x!.shape)}, got ${formatShape(shape)}`,
      );
    }
    return [shape];
  },
  gradient: (primal, [dy], { ops }) => [ops.reshape(dy!, primal.node.inputs[0]!.shape)],
  lift: ([x], { shape }, length, ops) => [ops.reshape(x!.tensor, [length, ...shape])],
  onnx: (scope, inputs, { attributes }) =>
    scope.node('Reshape', [inputs[0]!, scope.reshapeTo(attributes.shape)]),
  evaluate: ([x], { shape }, valueOf) => [{ shape: shape.map(valueOf), data: x!.data }],
  cheap: true,
};
