/** A column of the dataset by its name, or a refusal that says which may have been meant. */
import { distance } from 'fastest-levenshtein';
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';

/** The names nearest to one that does not exist. */
function suggestion(name: string, columns: readonly ColumnProfile[]): string {
  const wanted = name.toLowerCase();
  const near = columns
    .map((column) => ({ name: column.name, away: distance(wanted, column.name.toLowerCase()) }))
    .filter(
      ({ name: other, away }) => away <= Math.max(2, Math.floor(Math.max(name.length, other.length) / 3)),
    )
    .toSorted((a, b) => a.away - b.away)
    .slice(0, 3);
  const quote = (found: readonly { name: string }[]): string =>
    found.map((one) => `"${one.name}"`).join(', ');
  if (near.length > 0) return `did you mean ${quote(near)}?`;
  return `the dataset has ${quote(columns.slice(0, 20))}${columns.length > 20 ? ', …' : ''}`;
}

export function findColumn(
  columns: readonly ColumnProfile[],
  name: string,
  pointer: string,
  refuse: (pointer: string, message: string) => void,
): ColumnProfile | null {
  const column = columns.find((one) => one.name === name);
  if (column === undefined)
    refuse(pointer, `expected a column of the dataset, got "${name}"; ${suggestion(name, columns)}`);
  return column ?? null;
}
