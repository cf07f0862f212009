/** A column of a table row by row: a few rows are held at a time, however large the table. */
import type { Value } from '../tables/cells.ts';
import type { Table } from '../tables/table.ts';

/** @param rows - those that are given, in ascending order; all if absent */
export async function* valuesOf(
  table: Pick<Table, 'chunks'>,
  column: string,
  rows?: Uint32Array,
): AsyncGenerator<Value> {
  let [row, next] = [0, 0];
  for await (const [values] of table.chunks([column]))
    for (const value of values!) {
      const isGiven = rows === undefined || rows[next] === row;
      row += 1;
      if (!isGiven) continue;
      next += 1;
      yield value;
    }
}

/** The same of a column of texts; one that is empty in a file is no text. */
export async function* textsOf(...of: Parameters<typeof valuesOf>): AsyncGenerator<string> {
  for await (const value of valuesOf(...of)) {
    if (value !== null && typeof value !== 'string')
      throw new Error('internal: expected a text in a column that was checked');
    yield value ?? '';
  }
}
