/** Which labels rows have: from columns of true and false, or from the labels that one text names. */
import type { Cell } from '../tables/cells.ts';
import { UnknownLabelError } from '../tasks/unknown-label-error.ts';

/** The labels that a text names, each once. */
export function separated(text: Cell, separator: string): readonly string[] {
  if (text === null) return [];
  const labels = String(text)
    .split(separator)
    .map((label) => label.trim())
    .filter((label) => label !== '');
  return [...new Set(labels)];
}

export interface LabelledRows {
  readonly labels: readonly string[];
  /** [rows, labels]: 1 for those that a row has. */
  readonly has: Float32Array;
}

/** @param columns - of true and false, or 1 and 0, [rows] each */
export function labelsOfColumns(
  names: readonly string[],
  columns: readonly (readonly Cell[])[],
): LabelledRows {
  const L = names.length;
  const has = new Float32Array(columns[0]!.length * L);
  columns.forEach((column, label) => {
    column.forEach((cell, row) => {
      has[row * L + label] = cell === true || cell === 1 ? 1 : 0;
    });
  });
  return { labels: names, has };
}

/**
 * Labels in the order of their characters.
 * @param known - those that there are; taken from the texts if absent
 * @throws UnknownLabelError when a text has another
 */
export function labelsOfTexts(
  texts: readonly Cell[],
  separator: string,
  known?: readonly string[],
): LabelledRows {
  const own = texts.map((text) => separated(text, separator));
  const labels = known ?? [...new Set(own.flat())].sort();
  const numbers = new Map(labels.map((label, index) => [label, index]));
  const has = new Float32Array(texts.length * labels.length);
  own.forEach((names, row) => {
    for (const name of names) {
      const number = numbers.get(name);
      if (number === undefined) throw new UnknownLabelError(labels, name);
      has[row * labels.length + number] = 1;
    }
  });
  return { labels, has };
}
