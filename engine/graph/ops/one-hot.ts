import { formatShape } from '../dimensions.ts';
import { sizeOf, zeros } from '../nd-array.ts';
import { elementType } from '../onnx/element-type.ts';
import { ShapeError, type Operation } from '../operation.ts';

/**
 * 1 at the index and 0 elsewhere, on a new axis of `size`: Σ oneHot(ids) · x along that axis picks one element of each row.
 * Indices are whole numbers; one that is not in 0 … size − 1 gives zeros everywhere. No gradient passes.
 */
export const oneHot: Operation<'oneHot'> = {
  shapes: ([indices], { axis, size }) => {
    const { shape } = indices!;
    if (!Number.isInteger(axis) || axis < 0 || axis > shape.length) {
      throw new ShapeError(
        `oneHot: expected a place for a new axis in ${formatShape(shape)}, from 0 to ${shape.length}, got ${axis}`,
      );
    }
    return [[...shape.slice(0, axis), size, ...shape.slice(axis)]];
  },
  gradient: () => [null],
  lift: ([indices], { axis, size }, _length, ops) => [ops.oneHot(indices!.tensor, axis + 1, size)],
  onnx: (scope, inputs, { inputs: [indices], attributes: { axis, size } }) => {
    // ONNX's OneHot counts negative indices from the end; compared with each class, they match none
    const axes = scope.integers([axis]);
    const [spread] = scope.node('Unsqueeze', [inputs[0]!, axes]);
    const classes = scope.floats(
      Array.from({ length: size }, (_, index) => index),
      [size, ...new Array<number>(indices!.shape.length - axis).fill(1)],
    );
    const [equal] = scope.node('Equal', [spread!, classes]);
    return scope.node('Cast', [equal!], { to: elementType.float32 });
  },
  evaluate: ([indices], { axis, size }) => {
    const { shape, data } = indices!;
    const result = zeros([...shape.slice(0, axis), size, ...shape.slice(axis)]);
    const stride = sizeOf(shape.slice(axis));
    data.forEach((index, position) => {
      if (index < 0 || index >= size) return;
      const outer = Math.floor(position / stride);
      result.data[(outer * size + index) * stride + (position % stride)] = 1;
    });
    return [result];
  },
};
