import { formatShape, product, sameShape, type Dimension } from '../dimensions.ts';
import { sizeOf, zeros } from '../nd-array.ts';
import { elementType } from '../onnx/element-type.ts';
import { ShapeError, type Operation } from '../operation.ts';
import { atEachStep } from './at-each-step.ts';

/** Up to so many rows, a product with a matrix of zeros and ones is faster than adding row by row. Measured: docs/performance.md. */
const rowsByProduct = 256;

/**
 * Values […,D] are added to the rows of a table of zeros, [size,D], that their indices […] say.
 * It is the gradient of gather, and gather is its own. Rows are added in one order, so that the result has the same bits on any number of threads. (ScatterND with reduction "add" would be faster, but ONNX
 * Runtime shares its rows among threads, and sums get lost.)
 */
export const scatterAdd: Operation<'scatterAdd'> = {
  shapes: ([values, indices], { size, kept }) => {
    const { shape } = values!;
    if (!sameShape(shape.slice(0, -1), indices!.shape) || kept >= shape.length) {
      throw new ShapeError(
        `scatterAdd: expected values [..., D] and their indices [...], got ${formatShape(shape)} and ${formatShape(indices!.shape)}`,
      );
    }
    return [[...shape.slice(0, kept), size, shape.at(-1)!]];
  },
  gradient: (primal, [dy], { ops }) => [
    primal.needs(0) ? ops.gather(dy!, primal.input(1), primal.attributes.kept) : null,
    null,
  ],
  lift: ([values, indices], { size, kept }, length, ops) => [
    ops.scatterAdd(atEachStep(ops, values!, length), atEachStep(ops, indices!, length), size, kept + 1),
  ],
  onnx: (scope, inputs, { inputs: operands, attributes: { size, kept } }) => {
    const { shape } = operands[0]!;
    const [front, D] = [shape.slice(0, kept), shape.at(-1)!];
    const M = product(shape.slice(kept, -1));
    const reshaped = (name: string, to: readonly Dimension[]) =>
      scope.node('Reshape', [name, scope.reshapeTo(to)])[0]!;
    if (kept === 0 && size > rowsByProduct) {
      const [places] = scope.node('Cast', [reshaped(inputs[1]!, [M, 1])], { to: elementType.int64 });
      const [wide] = scope.node('Expand', [places!, scope.shape([M, D])]);
      const [zero] = scope.node('Expand', [scope.floats([0], [1]), scope.shape([size, D])]);
      return scope.node('ScatterElements', [zero!, wide!, reshaped(inputs[0]!, [M, D])], {
        axis: 0,
        reduction: 'add',
      });
    }
    const classes = scope.floats(
      Array.from({ length: size }, (_, index) => index),
      [size, 1],
    );
    const [equal] = scope.node('Equal', [reshaped(inputs[1]!, [...front, 1, M]), classes]);
    const [selection] = scope.node('Cast', [equal!], { to: elementType.float32 });
    return scope.node('MatMul', [selection!, reshaped(inputs[0]!, [...front, M, D])]);
  },
  evaluate: ([values, indices], { size, kept }) => {
    const D = values!.shape.at(-1)!;
    const result = zeros([...values!.shape.slice(0, kept), size, D]);
    const group = sizeOf(indices!.shape.slice(kept));
    indices!.data.forEach((row, position) => {
      const start = (Math.floor(position / group) * size + row) * D;
      for (let column = 0; column < D; column++)
        result.data[start + column]! += values!.data[position * D + column]!;
    });
    return [result];
  },
};
