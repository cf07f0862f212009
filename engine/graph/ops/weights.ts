import type { Operation } from '../operation.ts';

/** Trained parameters, under their own name. */
export const weights: Operation<'weights'> = {
  shapes: (_inputs, { shape }) => [shape],
  gradient: () => [],
  lift: null,
  onnx: (scope, _inputs, { attributes }) => [
    scope.weights(attributes.name, attributes.data, attributes.shape),
  ],
  evaluate: (_inputs, { data, shape }) => [{ shape, data: Float64Array.from(data) }],
};
