import { formatShape } from '../dimensions.ts';
import { sizeOf, zeros } from '../nd-array.ts';
import { ShapeError, type Operation } from '../operation.ts';

/** Cuts a tensor along an axis into pieces of the given sizes, which must add up. */
export const split: Operation<'split'> = {
  shapes: ([x], { axis, sizes }) => {
    if (sizes.reduce((total, size) => total + size, 0) !== x!.shape[axis]) {
      throw new ShapeError(
        `split: expected sizes that add up to axis ${axis} of ${formatShape(x!.shape)}, got ${formatShape(sizes)}`,
      );
    }
    return sizes.map((size) => x!.shape.map((dimension, index) => (index === axis ? size : dimension)));
  },
  gradient: (primal, cotangents, { ops }) => [
    ops.concat(
      cotangents.map((dy, index) => dy ?? ops.fill(0, primal.node.outputs[index]!.shape)),
      primal.attributes.axis,
    ),
  ],
  lift: ([x], { axis, sizes }, _length, ops) => ops.split(x!.tensor, axis + 1, sizes),
  onnx: (scope, inputs, { attributes }) =>
    scope.node(
      'Split',
      [inputs[0]!, scope.integers(attributes.sizes)],
      { axis: attributes.axis },
      attributes.sizes.length,
    ),
  evaluate: ([x], { axis, sizes }) => {
    const inner = sizeOf(x!.shape.slice(axis + 1));
    const outer = sizeOf(x!.shape.slice(0, axis));
    const row = x!.shape[axis]! * inner;
    let start = 0;
    return sizes.map((size) => {
      const piece = zeros(x!.shape.map((own, index) => (index === axis ? size : own)));
      for (let index = 0; index < outer; index++) {
        const from = index * row + start;
        piece.data.set(x!.data.subarray(from, from + size * inner), index * size * inner);
      }
      start += size * inner;
      return piece;
    });
  },
  cheap: true,
};
