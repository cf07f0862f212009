/** What operations that make one number of all along some axes have in common. */
import { formatShape, type Shape } from '../dimensions.ts';
import { sizeOf, type NdArray } from '../nd-array.ts';
import { ShapeError } from '../operation.ts';

/** The shape without the axes. */
export function reducedShape(kind: string, shape: Shape, axes: readonly number[]): Shape {
  if (axes.some((axis) => axis < 0 || axis >= shape.length)) {
    throw new ShapeError(`${kind}: expected axes of ${formatShape(shape)}, got ${formatShape(axes)}`);
  }
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** The shape with 1 for each of the axes: what was reduced stretches over it. */
export const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension));

/** @param first - what `join` begins with */
export function reduced(
  x: NdArray,
  axes: readonly number[],
  first: number,
  join: (left: number, right: number) => number,
): NdArray {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const shape = kept.map((axis) => x.shape[axis]!);
  const data = new Float64Array(sizeOf(shape)).fill(first);
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  const resultStrides = kept.map((_, index) => sizeOf(shape.slice(index + 1)));
  x.data.forEach((value, position) => {
    let target = 0;
    kept.forEach((axis, index) => {
      target += (Math.floor(position / strides[axis]!) % x.shape[axis]!) * resultStrides[index]!;
    });
    data[target] = join(data[target]!, value);
  });
  return { shape, data };
}
