/**
 * The three parts of rows, at random by the seed. Rows of the same input go to the same part: what was seen in training with one target is
 * never scored with another.
 */
import { permutation, randomStream } from '../../engine/random/random-stream.ts';
import type { Split } from '../../engine/spec/data.ts';
import type { PartName } from '../windows/windows.ts';

/** How many of the different inputs each part gets: validation and test by their share, rounded; the rest, and at least one, is for training. */
function shareOut(inputs: number, split: Split): Readonly<Record<PartName, number>> {
  const test = Math.min(Math.max(0, inputs - 1), Math.round(inputs * split.test));
  const validation = Math.min(Math.max(0, inputs - 1 - test), Math.round(inputs * split.validation));
  return { training: inputs - validation - test, validation, test };
}

/** @returns the part of each of the different inputs, by number */
export function splitInputs(inputs: number, split: Split, seed: number): readonly PartName[] {
  const counts = shareOut(inputs, split);
  const parts = new Array<PartName>(inputs).fill('training');
  permutation(inputs, randomStream(seed, 'split')).forEach((input, place) => {
    if (place < counts.test) parts[input] = 'test';
    else if (place < counts.test + counts.validation) parts[input] = 'validation';
  });
  return parts;
}

/** Rows of each part. @param rowsOf - how many rows each of the different inputs has, in the order in which they first appear */
export function partSizes(
  rowsOf: readonly number[],
  split: Split,
  seed: number,
): Readonly<Record<PartName, number>> {
  const parts = splitInputs(rowsOf.length, split, seed);
  const sizes = { training: 0, validation: 0, test: 0 };
  rowsOf.forEach((rows, input) => {
    sizes[parts[input]!] += rows;
  });
  return sizes;
}

/** @param inputs - of each row the number of its input; @returns the rows of each part, ascending */
export function splitRows(
  inputs: Uint32Array,
  count: number,
  split: Split,
  seed: number,
): Readonly<Record<PartName, Uint32Array>> {
  const of = splitInputs(count, split, seed);
  const parts: Record<PartName, number[]> = { training: [], validation: [], test: [] };
  inputs.forEach((input, row) => parts[of[input]!].push(row));
  return {
    training: Uint32Array.from(parts.training),
    validation: Uint32Array.from(parts.validation),
    test: Uint32Array.from(parts.test),
  };
}
