import { formatShape, sameShape } from '../dimensions.ts';
import { sizeOf, zeros } from '../nd-array.ts';
import { elementType } from '../onnx/element-type.ts';
import { ShapeError, type Operation } from '../operation.ts';
import { atEachStep } from './at-each-step.ts';

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
