import type { Operation } from '../operation.ts';

/** The value of a dimension, as a number to compute with. */
export const dimension: Operation<'dimension'> = {
  shapes: () => [[]],
  gradient: () => [],
  lift: null,
  onnx: (scope, _inputs, { attributes }) => [scope.dimensionAsFloat(attributes.dimension)],
  evaluate: (_inputs, { dimension: size }, valueOf) => [{ shape: [], data: Float64Array.of(valueOf(size)) }],
};
