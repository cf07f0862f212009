/** Random orthogonal matrices, uniformly distributed. */
import type { RandomStream } from '../../random/random-stream.ts';
import { normal } from './normal.ts';

/**
 * The Q of a matrix of normal numbers, by modified Gram–Schmidt, done twice: in float64 its rows are orthogonal to the
 * last digits.
 * @returns size × size, row-major
 */
export function orthogonal(size: number, random: RandomStream): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let index = 0; index < matrix.length; index++) matrix[index] = normal(random);
  const row = (index: number) => matrix.subarray(index * size, (index + 1) * size);
  for (let current = 0; current < size; current++) {
    const vector = row(current);
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < current; other++) {
        const known = row(other);
        const share = dot(vector, known);
        for (let index = 0; index < size; index++) vector[index]! -= share * known[index]!;
      }
    }
    const length = Math.sqrt(dot(vector, vector));
    for (let index = 0; index < size; index++) vector[index]! /= length;
  }
  return matrix;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
