/** How many rows each part gets, before any row is read: from the counts of the values that decide. */
import type { Split } from '../../engine/spec/data.ts';
import type { Table } from '../tables/table.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { partNames, type PartName } from '../windows/windows.ts';
import type { ValueCount } from './contract.ts';
import { partsOfGroups, shareOut, type PartCounts } from './split.ts';

export interface SplitPlan {
  readonly problems: readonly FieldProblem[];
  readonly windows: PartCounts;
}

/** The column whose values decide the split; undefined: the labels, or chance. */
export const splitColumn = ({ by, column }: Split): string | undefined => column ?? by;

/** Parts as `data.split.column` may name them: also by the folders of archives (train/…), and by the short names that are common. */
const partsByName: ReadonlyMap<unknown, PartName> = new Map<string, PartName>([
  ...partNames.map((part) => [part, part] as const),
  ['train', 'training'],
  ['val', 'validation'],
  ['valid', 'validation'],
]);

/** The part that a value of `data.split.column` names; undefined: none. */
export const partNamed = (value: unknown): PartName | undefined => partsByName.get(value);

/**
 * @param strata - rows of each label, of a stratified split; all rows as one of a random one
 * @param counts - of the values of `splitColumn`, where there is one
 */
export function planSplit(o: {
  split: Split;
  seed: number;
  strata: readonly number[];
  counts: readonly ValueCount[] | null;
  /** What is split, in messages. */
  unit?: 'series';
}): SplitPlan {
  const { split, counts } = o;
  const [one, many] = o.unit === undefined ? ['row', 'rows'] : ['series', 'series'];
  const windows: Record<PartName, number> = { training: 0, validation: 0, test: 0 };
  const problems: FieldProblem[] = [];
  const refuse = (pointer: string, message: string): void => {
    problems.push({ pointer, message });
  };
  if (split.column !== undefined) {
    for (const { value, rows } of counts!) {
      const part = partNamed(value);
      if (part !== undefined) windows[part] += rows;
      else
        refuse(
          '/data/split/column',
          `expected training, validation or test in every row of "${split.column}", got ${JSON.stringify(value)} in ${rows} ${many}`,
        );
    }
    for (const part of partNames)
      if (windows[part] === 0 && problems.length === 0)
        refuse(
          '/data/split/column',
          `expected ${many} of each part in "${split.column}", got none of ${part}`,
        );
    return { problems: problems.slice(0, 3), windows };
  }
  if (split.by !== undefined) {
    const missing = counts!.find(({ value }) => value === null);
    if (missing)
      refuse('/data/split/by', `expected a value in every row of "${split.by}", got ${missing.rows} missing`);
    const parts = partsOfGroups(
      counts!.map(({ rows }) => rows),
      split,
      o.seed,
    );
    counts!.forEach(({ rows }, group) => {
      windows[parts[group]!] += rows;
    });
    for (const part of partNames)
      if (windows[part] === 0 && problems.length === 0)
        refuse(
          '/data/split/by',
          `expected at least three different values in "${split.by}", one for each part, got ${counts!.length}`,
        );
    return { problems, windows };
  }
  for (const rows of o.strata) {
    const shares = shareOut(rows, split);
    for (const part of partNames) windows[part] += shares[part];
  }
  for (const part of ['validation', 'test'] as const) {
    if (windows[part] === 0)
      refuse(
        `/data/split/${part}`,
        o.strata.length === 1
          ? `expected a share that gives ${part} at least one ${one}, got ${split[part]} of ${o.strata[0]!} ${many}`
          : `expected a share that gives ${part} at least one ${one} of some label, got ${split[part]} of labels that the most frequent of has ${o.strata.reduce((most, rows) => Math.max(most, rows), 0)} ${many}`,
      );
  }
  return { problems, windows };
}

/** The counts that `planSplit` needs. */
export async function splitCounts(table: Table, split: Split): Promise<readonly ValueCount[] | null> {
  const name = splitColumn(split);
  return name === undefined ? null : table.valueCounts(name);
}
