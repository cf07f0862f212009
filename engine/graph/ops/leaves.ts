/** What a graph starts from: inputs of the program, arguments of a loop's body, constants, and sizes. */
import { zeros } from '../nd-array.ts';
import type { Operation } from '../operation.ts';

const noValue = () => {
  throw new Error('internal: the value of an input or argument is bound by the interpreter');
};
const noNode = () => {
  throw new Error('internal: an input or argument is named by the graph that it belongs to');
};

/** An input of the program. */
export const input: Operation<'input'> = {
  shapes: () => [],
  gradient: () => [],
  lift: null,
  onnx: noNode,
  evaluate: noValue,
};

/** A carry or a sequence's element in the body of a scan. */
export const argument: Operation<'argument'> = {
  shapes: () => [],
  gradient: () => [],
  lift: null,
  onnx: noNode,
  evaluate: noValue,
};

/** Given numbers; rounded to float32 when the program is emitted. */
export const constant: Operation<'constant'> = {
  shapes: (_inputs, { shape }) => [shape],
  gradient: () => [],
  lift: null,
  onnx: (scope, _inputs, { attributes }) => [scope.floats(attributes.data, attributes.shape)],
  evaluate: (_inputs, { data, shape }) => [{ shape, data: Float64Array.from(data) }],
};

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

/** The value of a dimension, as a number to compute with. */
export const dimension: Operation<'dimension'> = {
  shapes: () => [[]],
  gradient: () => [],
  lift: null,
  onnx: (scope, _inputs, { attributes }) => [scope.dimensionAsFloat(attributes.dimension)],
  evaluate: (_inputs, { dimension: size }, valueOf) => [{ shape: [], data: Float64Array.of(valueOf(size)) }],
};
