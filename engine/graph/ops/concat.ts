import { formatShape, sameShape } from '../dimensions.ts';
import { sizeOf, zeros } from '../nd-array.ts';
import { ShapeError, type Operation } from '../operation.ts';

/** Joins tensors along an axis, on which their sizes must be numbers. */
export const concat: Operation<'concat'> = {
  shapes: (inputs, { axis }) => {
    const first = inputs[0]!.shape;
    const others = (shape: readonly (number | string)[]) => shape.filter((_, index) => index !== axis);
    let size = 0;
    for (const { shape } of inputs) {
      const own = shape[axis];
      if (typeof own !== 'number' || !sameShape(others(shape), others(first))) {
        const shapes = inputs.map((input) => formatShape(input.shape)).join(', ');
        throw new ShapeError(
          `concat: expected shapes that differ on axis ${axis} alone, by numbers, got ${shapes}`,
        );
      }
      size += own;
    }
    return [first.map((dimension, index) => (index === axis ? size : dimension))];
  },
  gradient: (primal, [dy], { ops }) => {
    const { axis } = primal.attributes;
    return ops.split(
      dy!,
      axis,
      primal.node.inputs.map((input) => input.shape[axis] as number),
    );
  },
  lift: (operands, { axis }, length, ops) => [
    ops.concat(
      operands.map(({ tensor, lifted }) => (lifted ? tensor : ops.expand(tensor, [length, ...tensor.shape]))),
      axis + 1,
    ),
  ],
  onnx: (scope, inputs, { attributes }) => scope.node('Concat', inputs, { axis: attributes.axis }),
  evaluate: (inputs, { axis }) => {
    const size = inputs.reduce((total, input) => total + input.shape[axis]!, 0);
    const result = zeros(inputs[0]!.shape.map((own, index) => (index === axis ? size : own)));
    const inner = sizeOf(result.shape.slice(axis + 1));
    const outer = sizeOf(result.shape.slice(0, axis));
    let start = 0;
    for (const input of inputs) {
      const block = input.shape[axis]! * inner;
      for (let row = 0; row < outer; row++) {
        result.data.set(input.data.subarray(row * block, (row + 1) * block), row * size * inner + start);
      }
      start += block;
    }
    return [result];
  },
};
