/**
 * The three parts of labelled rows: of each label the same shares, at random by the seed. Rows of a label go to validation and test
 * by their share, rounded; the rest, and at least one, is for training.
 */
import { permutation, randomStream } from '../../engine/random/random-stream.ts';
import type { Split } from '../../engine/spec/data.ts';
import type { PartName } from '../windows/windows.ts';

/** How many rows of a label each part gets. */
export function shareOut(rows: number, split: Split): Readonly<Record<PartName, number>> {
  const test = Math.min(Math.max(0, rows - 1), Math.round(rows * split.test));
  const validation = Math.min(Math.max(0, rows - 1 - test), Math.round(rows * split.validation));
  return { training: rows - validation - test, validation, test };
}

/** @param labels - of each row, by number; @returns the rows of each part, ascending */
export function splitByLabel(
  labels: Uint32Array,
  classes: number,
  split: Split,
  seed: number,
): Readonly<Record<PartName, Uint32Array>> {
  const random = randomStream(seed, 'split');
  const rowsOf = Array.from({ length: classes }, (): number[] => []);
  labels.forEach((label, row) => rowsOf[label]!.push(row));
  const parts: Record<PartName, number[]> = { training: [], validation: [], test: [] };
  for (const rows of rowsOf) {
    const counts = shareOut(rows.length, split);
    permutation(rows.length, random).forEach((index, place) => {
      const part =
        place < counts.test ? 'test' : place < counts.test + counts.validation ? 'validation' : 'training';
      parts[part].push(rows[index]!);
    });
  }
  const sorted = (rows: number[]) => Uint32Array.from(rows).sort();
  return {
    training: sorted(parts.training),
    validation: sorted(parts.validation),
    test: sorted(parts.test),
  };
}
