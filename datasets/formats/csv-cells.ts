/** One row of a delimited file to its cells and back (RFC 4180). A quote inside an unquoted cell stands for itself. */
import { commas, type Dialect } from './dialect.ts';

/** Cells of one well-formed row. */
export function splitCells(row: string, { delimiter, quote, escape }: Dialect): string[] {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    let cell = '';
    if (row[at] === quote) {
      at += 1;
      for (; at < row.length; at++) {
        const character = row[at]!;
        if (escape === 'backslash' && character === '\\' && at + 1 < row.length) cell += row[++at]!;
        else if (character !== quote) cell += character;
        else if (row[at + 1] === quote && escape === 'quote') cell += row[++at]!;
        else break;
      }
      at += 1;
    } else {
      const to = row.indexOf(delimiter, at);
      cell = row.slice(at, to === -1 ? row.length : to);
      at += cell.length;
    }
    cells.push(cell);
    if (at >= row.length) return cells;
    at += 1;
  }
}

/** A row that every parser reads alike: all cells quoted. */
export function joinCells(cells: readonly string[], { delimiter, quote, escape }: Dialect = commas): string {
  const escaped = (cell: string): string =>
    escape === 'backslash'
      ? cell.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)
      : cell.replaceAll(quote, quote + quote);
  return cells.map((cell) => `${quote}${escaped(cell)}${quote}`).join(delimiter);
}
