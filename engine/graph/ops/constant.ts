import type { Operation } from '../operation.ts';

/** Given numbers; rounded to float32 when the program is emitted. */
export const constant: Operation<'constant'> = {
  shapes: (_inputs, { shape }) => [shape],
  gradient: () => [],
  lift: null,
  onnx: (scope, _inputs, { attributes }) => [scope.floats(attributes.data, attributes.shape)],
  evaluate: (_inputs, { data, shape }) => [{ shape, data: Float64Array.from(data) }],
};
