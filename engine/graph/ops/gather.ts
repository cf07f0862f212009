import { formatShape, product, sameShape, type Dimension } from '../dimensions.ts';
import { sizeOf, zeros } from '../nd-array.ts';
import { elementType } from '../onnx/element-type.ts';
import { ShapeError, type Operand, type Operation } from '../operation.ts';
import type { Ops } from '../ops.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Rows of a table [V,D] by their indices […] → […,D]: an embedding. Indices are whole numbers from 0 to V − 1 (exact in float32 up to
 * 2^24). The first `kept` axes of both belong together: table [K…,V,D], indices [K…,M…] → [K…,M…,D]. No gradient passes to the indices.
 */
export const gather: Operation<'gather'> = {
  shapes: ([table, indices], { kept }) => {
    const [rows, places] = [table!.shape, indices!.shape];
    if (rows.length !== kept + 2 || !sameShape(rows.slice(0, kept), places.slice(0, kept))) {
      throw new ShapeError(
        `gather: expected a table [V, D] and indices${kept > 0 ? `, ${kept} axes in front of both` : ''}, got ${formatShape(rows)} and ${formatShape(places)}`,
      );
    }
    return [[...places, rows.at(-1)!]];
  },
  gradient: (primal, [dy], { ops }) => {
    const { kept } = primal.attributes;
    const size = primal.node.inputs[0]!.shape[kept];
    if (typeof size !== 'number') throw new ShapeError('gather: expected a table with a number of rows');
    return [primal.needs(0) ? ops.scatterAdd(dy!, primal.input(1), size, kept) : null, null];
  },
  lift: ([table, indices], { kept }, length, ops) => {
    if (!table!.lifted && kept === 0) return [ops.gather(table!.tensor, indices!.tensor)];
    return [ops.gather(atEachStep(ops, table!, length), atEachStep(ops, indices!, length), kept + 1)];
  },
  onnx: (scope, inputs, { inputs: operands, attributes: { kept } }) => {
    const [positions] = scope.node('Cast', [inputs[1]!], { to: elementType.int64 });
    if (kept === 0) return scope.node('Gather', [inputs[0]!, positions!], { axis: 0 });
    const last = scope.integers([operands[1]!.shape.length]);
    const [rows] = scope.node('Unsqueeze', [positions!, last]);
    return scope.node('GatherND', [inputs[0]!, rows!], { batch_dims: kept });
  },
  evaluate: ([table, indices], { kept }) => {
    const [V, D] = [table!.shape[kept]!, table!.shape[kept + 1]!];
    const result = zeros([...indices!.shape, D]);
    const group = sizeOf(indices!.shape.slice(kept));
    indices!.data.forEach((row, position) => {
      const start = (Math.floor(position / group) * V + row) * D;
      result.data.set(table!.data.subarray(start, start + D), position * D);
    });
    return [result];
  },
};

/** An operand's values at all steps of a loop. */
const atEachStep = (ops: Ops, { tensor, lifted }: Operand, length: Dimension): Tensor =>
  lifted ? tensor : ops.expand(tensor, [length, ...tensor.shape]);

/** Up to so many rows, a product with a matrix of zeros and ones is faster than adding row by row. Measured: docs/performance.md. */
const rowsByProduct = 256;

/**
 * The other way round, the gradient of gather: values […,D] are added to the rows of a table of zeros, [size,D], that their indices […] say.
 * Rows are added in one order, so that the result has the same bits on any number of threads. (ScatterND with reduction "add" would be faster, but ONNX
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
