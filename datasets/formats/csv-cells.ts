/** One row of CSV to its cells and back (RFC 4180). A quote inside an unquoted cell stands for itself. */

/** Cells of one well-formed row. */
export function splitCells(row: string): string[] {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    let cell = '';
    if (row[at] === '"') {
      let from = at + 1;
      for (;;) {
        const to = row.indexOf('"', from);
        cell += row.slice(from, to);
        at = to + 1;
        if (row[at] !== '"') break;
        cell += '"';
        from = at + 1;
      }
    } else {
      const to = row.indexOf(',', at);
      cell = row.slice(at, to === -1 ? row.length : to);
      at += cell.length;
    }
    cells.push(cell);
    if (at >= row.length) return cells;
    at += 1;
  }
}

/** A row that every parser reads alike: all cells quoted. */
export function joinCells(cells: readonly string[]): string {
  return cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
}
