/** What is wrong with the columns and shares of a split: all that can be told from the profile. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { DataSpecification } from '../../engine/spec/data.ts';
import { findColumn } from '../tasks/find-column.ts';

/** Training gets at least this share. */
const smallestTrainingShare = 0.01;

/** @param uses - where columns are named that are used as something else */
export function checkSplit(
  { split }: DataSpecification,
  columns: readonly ColumnProfile[],
  uses: ReadonlyMap<string, string>,
  refuse: (pointer: string, message: string) => void,
): void {
  const { validation, test, by, column } = split;
  if (by !== undefined) findColumn(columns, by, '/data/split/by', refuse);
  if (column === undefined) {
    if (validation + test > 1 - smallestTrainingShare)
      refuse(
        '/data/split',
        `expected validation + test of at most ${1 - smallestTrainingShare}, so that rows are left for training, got ${validation} + ${test}`,
      );
    return;
  }
  const found = findColumn(columns, column, '/data/split/column', refuse);
  const earlier = uses.get(column);
  if (earlier !== undefined)
    refuse(
      '/data/split/column',
      `expected a column of its own, got "${column}", which is ${earlier} already`,
    );
  if (found !== null && found.type !== 'text')
    refuse(
      '/data/split/column',
      `expected a column of text that says training, validation or test, got "${column}", which is of type ${found.type}`,
    );
}
