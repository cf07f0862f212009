import { sizeOf, zeros } from '../nd-array.ts';
import { elementType } from '../onnx/element-type.ts';
import type { Operation } from '../operation.ts';
import { checkAxis } from './along-axis.ts';

/** The index of the largest element along an axis, the first of equal ones; that axis is gone. No gradient passes. */
export const argmax: Operation<'argmax'> = {
  shapes: ([x], { axis }) => {
    checkAxis('argmax', x!.shape, axis);
    return [x!.shape.filter((_, index) => index !== axis)];
  },
  gradient: () => [null],
  lift: ([x], { axis }, _length, ops) => [ops.argmax(x!.tensor, axis + 1)],
  onnx: (scope, inputs, { attributes }) => {
    const [index] = scope.node('ArgMax', inputs, { axis: attributes.axis, keepdims: 0 });
    return scope.node('Cast', [index!], { to: elementType.float32 });
  },
  evaluate: ([x], { axis }) => {
    const result = zeros(x!.shape.filter((_, index) => index !== axis));
    const stride = sizeOf(x!.shape.slice(axis + 1));
    const length = x!.shape[axis]!;
    result.data.forEach((_, position) => {
      const start = Math.floor(position / stride) * length * stride + (position % stride);
      let best = 0;
      for (let index = 1; index < length; index++) {
        if (x!.data[start + index * stride]! > x!.data[start + best * stride]!) best = index;
      }
      result.data[position] = best;
    });
    return [result];
  },
};
