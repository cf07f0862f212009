import { zeros } from '../nd-array.ts';
import type { Operation } from '../operation.ts';

/** One number everywhere. */
export const fill: Operation<'fill'> = {
  shapes: (_inputs, { shape }) => [shape],
  gradient: () => [],
  lift: null,
  onnx: (scope, _inputs, { attributes }) =>
    scope.node('Expand', [scope.floats([attributes.value], [1]), scope.shape(attributes.shape)]),
  evaluate: (_inputs, { value, shape }, valueOf) => {
    const result = zeros(shape.map(valueOf));
    result.data.fill(value);
    return [result];
  },
};
