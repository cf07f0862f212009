/**
 * Columns whose cells are all written in the plain way of one type: told by a cheap look at every cell, where the full rules
 * (column-types.ts) would try ten patterns on each. What is not plain is left to those rules, so that both always agree.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { query } from '../tables/duckdb.ts';
import { cellCounts, decideType, readCellCounts, type CellType } from './column-types.ts';

const sampleRows = 2000;
/** Columns looked at in one pass over the cells. */
const columnsAtOnce = 64;

interface PlainForm {
  /** SQL: true where a cell is surely a good one. */
  is(cell: string): string;
  /** SQL of the value of such a cell. */
  value(cell: string): string;
}

const matches = (cell: string, form: string): string => `regexp_full_match(${cell}, '${form}')`;
const day = '[0-9]{4}-[0-9]{2}-[0-9]{2}';

export const plainForms: Record<Exclude<CellType, 'text' | 'vector'>, PlainForm> = {
  integer: { is: (cell) => matches(cell, '[+-]?[0-9]{1,15}'), value: (cell) => `CAST(${cell} AS BIGINT)` },
  number: {
    // A cast takes underscores between digits, which are no number here.
    is: (cell) => `(abs(TRY_CAST(${cell} AS DOUBLE)) <= 1e100 AND NOT contains(${cell}, '_'))`,
    value: (cell) => `CAST(${cell} AS DOUBLE)`,
  },
  boolean: {
    is: (cell) => `lower(${cell}) IN ('true', 'false')`,
    value: (cell) => `(lower(${cell}) = 'true')`,
  },
  date: {
    is: (cell) => `(${matches(cell, day)} AND TRY_CAST(${cell} AS DATE) IS NOT NULL)`,
    value: (cell) => `CAST(${cell} AS DATE)`,
  },
  timestamp: {
    is: (cell) =>
      `(${matches(cell, `${day}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?Z?`)} AND TRY_CAST(${cell} AS TIMESTAMP) IS NOT NULL)`,
    value: (cell) => `CAST(${cell} AS TIMESTAMP)`,
  },
};

/** No form of any type, and no word for a missing value, begins like this. */
export const surelyText = (cell: string): string =>
  String.raw`regexp_matches(${cell}, '^[^0-9+\-.\[tTfFnNiI#\s]')`;

export const hasPlainForm = (type: CellType): type is keyof typeof plainForms =>
  type !== 'text' && type !== 'vector';

export const plainValue = (cell: string, type: CellType): string =>
  hasPlainForm(type) ? plainForms[type].value(cell) : cell;

interface Column {
  readonly id: string;
  readonly allowed?: readonly CellType[];
}

/** The type of each column that is plain throughout; null for those that the full rules have to look at. */
export async function cleanTypes(
  connection: DuckDBConnection,
  o: { source: string; columns: readonly Column[]; signal?: AbortSignal | undefined },
): Promise<(CellType | null)[]> {
  const types: (CellType | null)[] = [];
  for (let from = 0; from < o.columns.length; from += columnsAtOnce) {
    o.signal?.throwIfAborted();
    const columns = o.columns.slice(from, from + columnsAtOnce);
    const guesses = await guess(connection, o.source, columns);
    const checks = columns.map(({ id }, i) => {
      const type = guesses[i]!;
      if (hasPlainForm(type))
        return `count(*) FILTER (WHERE NOT coalesce(${plainForms[type].is(id)}, false) AND ${id} IS NOT NULL)::DOUBLE, 0::DOUBLE`;
      return `count(${id})::DOUBLE, count(*) FILTER (WHERE ${surelyText(id)})::DOUBLE`;
    });
    const [row] = await query(connection, `SELECT ${checks.join(', ')} FROM ${o.source}`);
    for (const [i, type] of guesses.entries()) {
      const [first, second] = [Number(row![2 * i]), Number(row![2 * i + 1])];
      // More than a tenth of the cells are of no type: the column cannot have one.
      const isClean = hasPlainForm(type)
        ? first === 0
        : type === 'text' && second >= 2 && second * 10 > first;
      types.push(isClean ? type : null);
    }
  }
  return types;
}

/** Types by the first rows alone. */
async function guess(
  connection: DuckDBConnection,
  source: string,
  columns: readonly Column[],
): Promise<CellType[]> {
  const width = cellCounts('').length;
  const counts = columns.flatMap(({ id }) => cellCounts(id));
  const ids = columns.map(({ id }) => id);
  const [row] = await query(
    connection,
    `SELECT ${counts.join(', ')} FROM (SELECT ${ids.join(', ')} FROM ${source} LIMIT ${sampleRows})`,
  );
  const numbers = row!.map(Number);
  return columns.map(({ allowed }, i) =>
    decideType(readCellCounts(numbers.slice(i * width, (i + 1) * width)), allowed),
  );
}
