/**
 * The three parts of the rows of a table. By label (stratified): of each label the same shares; by a key (grouped): all rows of one key on one side; as a column
 * says (given); otherwise at random. Everything random is by the seed.
 */
import { permutation, randomStream, type RandomStream } from '../../engine/random/random-stream.ts';
import type { Split } from '../../engine/spec/data.ts';
import { partNames, type PartName } from '../windows/windows.ts';

export type Shares = Pick<Split, 'validation' | 'test'>;
export type PartRows = Readonly<Record<PartName, Uint32Array>>;
export type PartCounts = Readonly<Record<PartName, number>>;

/** How many of some rows each part gets: validation and test their share, rounded; the rest, and at least one, is for training. */
export function shareOut(rows: number, split: Shares): PartCounts {
  const test = Math.min(Math.max(0, rows - 1), Math.round(rows * split.test));
  const validation = Math.min(Math.max(0, rows - 1 - test), Math.round(rows * split.validation));
  return { training: rows - validation - test, validation, test };
}

function collect(parts: ArrayLike<PartName>): PartRows {
  const rows: Record<PartName, number[]> = { training: [], validation: [], test: [] };
  for (let row = 0; row < parts.length; row++) rows[parts[row]!].push(row);
  return {
    training: Uint32Array.from(rows.training),
    validation: Uint32Array.from(rows.validation),
    test: Uint32Array.from(rows.test),
  };
}

/** The part of each of so many rows, or of whatever else is split. */
export function partsAtRandom(count: number, split: Shares, random: RandomStream): readonly PartName[] {
  const counts = shareOut(count, split);
  const parts = new Array<PartName>(count).fill('training');
  permutation(count, random).forEach((index, place) => {
    if (place < counts.test) parts[index] = 'test';
    else if (place < counts.test + counts.validation) parts[index] = 'validation';
  });
  return parts;
}

/** @param labels - of each row, by number; all the same for a split at random */
export function splitByLabel(labels: Uint32Array, classes: number, split: Shares, seed: number): PartRows {
  const random = randomStream(seed, 'split');
  const rowsOf = Array.from({ length: classes }, (): number[] => []);
  labels.forEach((label, row) => rowsOf[label]!.push(row));
  const parts = new Array<PartName>(labels.length);
  for (const rows of rowsOf) {
    partsAtRandom(rows.length, split, random).forEach((part, index) => {
      parts[rows[index]!] = part;
    });
  }
  return collect(parts);
}

/**
 * The part of each group: taken in random order, each goes where the largest share of what was asked for is still missing, so that every part has a group as soon
 * as there are three, and shares are met as nearly as whole groups allow.
 * @param sizes - rows of each group
 */
export function partsOfGroups(sizes: readonly number[], split: Shares, seed: number): readonly PartName[] {
  const random = randomStream(seed, 'split');
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const wanted: PartCounts = {
    training: all * (1 - split.validation - split.test),
    validation: all * split.validation,
    test: all * split.test,
  };
  const had: Record<PartName, number> = { training: 0, validation: 0, test: 0 };
  const parts = new Array<PartName>(sizes.length);
  for (const group of permutation(sizes.length, random)) {
    const filled = (part: PartName): number => had[part] / wanted[part];
    const part = partNames.reduce((best, one) => (filled(one) < filled(best) ? one : best));
    parts[group] = part;
    had[part] += sizes[group]!;
  }
  return parts;
}

/** @param groups - of each row, by number */
export function splitByGroup(groups: Uint32Array, count: number, split: Shares, seed: number): PartRows {
  const sizes = new Array<number>(count).fill(0);
  for (const group of groups) sizes[group]! += 1;
  const parts = partsOfGroups(sizes, split, seed);
  return collect(Array.from(groups, (group) => parts[group]!));
}

export const splitAsGiven = (parts: readonly PartName[]): PartRows => collect(parts);
