import { formatShape } from '../dimensions.ts';
import { sizeOf, zeros } from '../nd-array.ts';
import { ShapeError, type Operation } from '../operation.ts';

/** Axis i of the result is axis permutation[i] of the operand. */
export const transpose: Operation<'transpose'> = {
  shapes: ([x], { permutation }) => {
    const sorted = [...permutation].sort((a, b) => a - b);
    if (permutation.length !== x!.shape.length || sorted.some((axis, index) => axis !== index)) {
      throw new ShapeError(
        `transpose: expected a permutation of the axes of ${formatShape(x!.shape)}, got ${formatShape(permutation)}`,
      );
    }
    return [permutation.map((axis) => x!.shape[axis]!)];
  },
  gradient: (primal, [dy], { ops }) => {
    const inverse: number[] = [];
    primal.attributes.permutation.forEach((axis, index) => (inverse[axis] = index));
    return [ops.transpose(dy!, inverse)];
  },
  lift: ([x], { permutation }, _length, ops) => [
    ops.transpose(x!.tensor, [0, ...permutation.map((axis) => axis + 1)]),
  ],
  onnx: (scope, inputs, { attributes }) => scope.node('Transpose', inputs, { perm: attributes.permutation }),
  evaluate: ([x], { permutation }) => {
    const result = zeros(permutation.map((axis) => x!.shape[axis]!));
    const strides = x!.shape.map((_, axis) => sizeOf(x!.shape.slice(axis + 1)));
    const resultStrides = result.shape.map((_, axis) => sizeOf(result.shape.slice(axis + 1)));
    for (let position = 0; position < result.data.length; position++) {
      let rest = position;
      let source = 0;
      permutation.forEach((axis, index) => {
        source += Math.floor(rest / resultStrides[index]!) * strides[axis]!;
        rest %= resultStrides[index]!;
      });
      result.data[position] = x!.data[source]!;
    }
    return [result];
  },
  cheap: true,
};
