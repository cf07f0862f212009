/**
 * The three parts of rows, at random by the seed. Rows of the same input go to the same part: what was seen in training with one target is
 * never scored with another.
 */
import { randomStream } from '../../engine/random/random-stream.ts';
import { partsAtRandom, splitAsGiven, type PartCounts, type PartRows, type Shares } from '../rows/split.ts';
import type { PartName } from '../windows/windows.ts';

/** @returns the part of each of the different inputs, by number */
const splitInputs = (inputs: number, split: Shares, seed: number): readonly PartName[] =>
  partsAtRandom(inputs, split, randomStream(seed, 'split'));

/** Rows of each part. @param rowsOf - how many rows each of the different inputs has, in the order in which they first appear */
export function partSizes(rowsOf: readonly number[], split: Shares, seed: number): PartCounts {
  const parts = splitInputs(rowsOf.length, split, seed);
  const sizes = { training: 0, validation: 0, test: 0 };
  rowsOf.forEach((rows, input) => {
    sizes[parts[input]!] += rows;
  });
  return sizes;
}

/** @param inputs - of each row the number of its input, in the order in which they first appear */
export function splitByInput(inputs: Uint32Array, split: Shares, seed: number): PartRows {
  const count = inputs.reduce((most, input) => Math.max(most, input + 1), 0);
  const parts = splitInputs(count, split, seed);
  return splitAsGiven(Array.from(inputs, (input) => parts[input]!));
}
