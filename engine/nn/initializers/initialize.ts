/** The initial values of a block of parameters. */
import type { RandomStream } from '../../random/random-stream.ts';
import { normal } from './normal.ts';
import { orthogonal } from './orthogonal.ts';

/** Every number from U(−bound, bound). */
export function uniform(values: Float32Array, bound: number, random: RandomStream): void {
  for (let index = 0; index < values.length; index++) values[index] = (random.next() * 2 - 1) * bound;
}

/** Every number from N(0, 1). */
export function standardNormal(values: Float32Array, random: RandomStream): void {
  for (let index = 0; index < values.length; index++) values[index] = normal(random);
}

/** U(−√(6/(in + out)), √(6/(in + out))) for a matrix out × in (Glorot & Bengio 2010, equation 16). */
export function glorotUniform(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
  random: RandomStream,
): void {
  uniform(values, Math.sqrt(6 / (rows + columns)), random);
}

/** A random orthogonal matrix (Saxe et al. 2014), H × H. */
export function orthogonalMatrix(values: Float32Array, size: number, random: RandomStream): void {
  values.set(orthogonal(size, random));
}

/** The identity, H × H (Le et al. 2015). */
export function identityMatrix(values: Float32Array, size: number): void {
  values.fill(0);
  for (let index = 0; index < size; index++) values[index * size + index] = 1;
}
