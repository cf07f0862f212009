/** Delimited files as DuckDB reads them: columns c0, c1, … of text, an empty cell as NULL. */
import { columnId } from '../tables/canonical-table.ts';
import { literal } from '../tables/duckdb.ts';
import { maxRowBytes } from './csv-rows.ts';
import type { Dialect } from './dialect.ts';

/** @param options - of read_csv, beside those that follow from the dialect */
export function csvSql(
  path: string,
  width: number,
  { delimiter, quote, escape }: Dialect,
  options: readonly string[],
): string {
  const columns = Array.from({ length: width }, (_, index) => `${columnId(index)}: 'VARCHAR'`);
  const escaping = escape === 'backslash' ? '\\' : quote;
  const all = [
    'auto_detect = false',
    'header = false',
    `delim = ${literal(delimiter)}`,
    `quote = ${literal(quote)}`,
    `escape = ${literal(escaping)}`,
    "nullstr = ''",
    `columns = {${columns.join(', ')}}`,
    ...options,
  ];
  return `read_csv(${literal(path)}, ${all.join(', ')})`;
}

/** The well-formed rows that csv-rows.ts has written. */
export const rowsSql = (
  rowsPath: string,
  width: number,
  dialect: Dialect,
  more: readonly string[] = [],
): string =>
  csvSql(rowsPath, width, dialect, [
    "new_line = '\\n'",
    'strict_mode = false',
    `max_line_size = ${4 * maxRowBytes}`,
    ...more,
  ]);
