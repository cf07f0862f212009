/** Dense float64 arrays in row-major order: the values of the reference interpreter. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1);

export const zeros = (shape: readonly number[]): NdArray => ({
  shape,
  data: new Float64Array(sizeOf(shape)),
});

/** Elements between neighbours on each axis; 0 on axes of size 1, so that they stretch when broadcast. */
function broadcastStrides(shape: readonly number[], rank: number): number[] {
  const strides = new Array<number>(rank).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    strides[axis + rank - shape.length] = size === 1 ? 0 : stride;
    stride *= size;
  }
  return strides;
}

/** For each element of `shape`, in order, the position in each of the arrays, broadcast to that shape. */
export function forEachBroadcast(
  shape: readonly number[],
  arrays: readonly NdArray[],
  visit: (position: number, positions: readonly number[]) => void,
): void {
  const rank = shape.length;
  const strides = arrays.map((array) => broadcastStrides(array.shape, rank));
  const index = new Array<number>(rank).fill(0);
  const positions = arrays.map(() => 0);
  const total = sizeOf(shape);
  for (let position = 0; position < total; position++) {
    visit(position, positions);
    for (let axis = rank - 1; axis >= 0; axis--) {
      index[axis]!++;
      strides.forEach((stride, which) => (positions[which]! += stride[axis]!));
      if (index[axis]! < shape[axis]!) break;
      strides.forEach((stride, which) => (positions[which]! -= stride[axis]! * shape[axis]!));
      index[axis] = 0;
    }
  }
}

export function broadcastResult(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    return left === 1 ? (b[axis - rank + b.length] ?? 1) : left;
  });
}

export function mapArray(array: NdArray, f: (value: number) => number): NdArray {
  return { shape: array.shape, data: array.data.map(f) };
}

export function zipArrays(a: NdArray, b: NdArray, f: (x: number, y: number) => number): NdArray {
  const result = zeros(broadcastResult(a.shape, b.shape));
  forEachBroadcast(result.shape, [a, b], (position, [left, right]) => {
    result.data[position] = f(a.data[left!]!, b.data[right!]!);
  });
  return result;
}
