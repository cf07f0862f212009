/** What operations along one axis have in common. */
import { formatShape, type Shape } from '../dimensions.ts';
import { sizeOf, zeros, type NdArray } from '../nd-array.ts';
import { ShapeError } from '../operation.ts';

export function checkAxis(kind: string, shape: Shape, axis: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new ShapeError(`${kind}: expected an axis of ${formatShape(shape)}, got ${axis}`);
  }
}

/** Puts something in the place of each row of values along an axis. */
export function mapRows(x: NdArray, axis: number, map: (row: Float64Array) => Float64Array): NdArray {
  const result = zeros(x.shape);
  const stride = sizeOf(x.shape.slice(axis + 1));
  const length = x.shape[axis]!;
  for (let start = 0; start < x.data.length; start += length * stride) {
    for (let inner = 0; inner < stride; inner++) {
      const position = (index: number) => start + inner + index * stride;
      const row = map(Float64Array.from({ length }, (_, index) => x.data[position(index)]!));
      row.forEach((value, index) => (result.data[position(index)] = value));
    }
  }
  return result;
}

/** log Σ e^x, without overflow. */
export function logSumExp(row: Float64Array): number {
  const largest = row.reduce((left, right) => Math.max(left, right), -Infinity);
  return largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
