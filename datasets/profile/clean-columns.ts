/**
 * Columns whose cells are all written in the plain way of one type: told by a cheap look at every cell, where the full rules
 * (column-types.ts) would try ten patterns on each. What is not plain is left to those rules, so that both always agree.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { query } from '../tables/duckdb.ts';
import type { CellType } from './column-types.ts';
import { decideTypes, type TextColumn } from './decide-types.ts';

const sampleRows = 2000;
/** Columns looked at in one pass over the cells. */
const columnsAtOnce = 64;

interface PlainForm {
  /** What such cells look like; null where only a cast tells. */
  readonly form: string | null;
  /** SQL of the value of such a cell; of others NULL, or any. */
  value(cell: string): string;
  /** SQL: true where a cell is surely a good one. @param value - SQL of its value */
  is(cell: string, value: string): string;
}

const matches = (cell: string, form: string): string => `regexp_full_match(${cell}, '${form}')`;
const digits = '[+-]?[0-9]{1,15}';
const day = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
/** A time with its seconds, before what it says of an offset. */
export const secondsForm = `${day}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?`;

/** What matches a form and can be cast. */
const cast = (form: string, sqlType: string): PlainForm => ({
  form,
  value: (cell) => `TRY_CAST(${cell} AS ${sqlType})`,
  is: (cell, value) => `(${matches(cell, form)} AND ${value} IS NOT NULL)`,
});

export const plainForms: Record<Exclude<CellType, 'text' | 'vector'>, PlainForm> = {
  // so few digits can always be cast
  integer: { ...cast(digits, 'BIGINT'), is: (cell) => matches(cell, digits) },
  number: {
    form: null,
    value: (cell) => `TRY_CAST(${cell} AS DOUBLE)`,
    // A cast takes underscores between digits, which are no number here.
    is: (cell, value) => `(abs(${value}) <= 1e100 AND NOT contains(${cell}, '_'))`,
  },
  boolean: {
    form: null,
    value: (cell) => `(lower(${cell}) = 'true')`,
    is: (cell) => `lower(${cell}) IN ('true', 'false')`,
  },
  date: cast(day, 'DATE'),
  timestamp: cast(`${secondsForm}Z?`, 'TIMESTAMP'),
};

/** No form of any type, and no word for a missing value, begins like this. */
export const surelyText = (cell: string): string =>
  String.raw`regexp_matches(${cell}, '^[^0-9+\-.\[tTfFnNiI#\s]')`;

export const hasPlainForm = (type: CellType): type is keyof typeof plainForms =>
  type !== 'text' && type !== 'vector';

export const plainValue = (cell: string, type: CellType): string =>
  hasPlainForm(type) ? plainForms[type].value(cell) : cell;

/** SQL: true where a cell is surely a good one of the type. */
export const isPlain = (cell: string, type: keyof typeof plainForms): string =>
  plainForms[type].is(cell, plainForms[type].value(cell));

/** How many cells that are surely text make a column text: more than a tenth of all are of no type then. @param filled - cells with something in them */
export const enoughTexts = (filled: number): number => Math.max(2, Math.floor(filled / 10) + 1);

/** The type of each column that is plain throughout; null for those that the full rules have to look at. */
export async function cleanTypes(
  connection: DuckDBConnection,
  o: { source: string; columns: readonly TextColumn[]; signal?: AbortSignal | undefined },
): Promise<(CellType | null)[]> {
  const types: (CellType | null)[] = [];
  for (let from = 0; from < o.columns.length; from += columnsAtOnce) {
    o.signal?.throwIfAborted();
    const columns = o.columns.slice(from, from + columnsAtOnce);
    const guesses = await decideTypes(
      connection,
      `(SELECT ${columns.map(({ id }) => id).join(', ')} FROM ${o.source} LIMIT ${sampleRows})`,
      columns,
    );
    const checks = columns.map(({ id }, i) => {
      const type = guesses[i]!;
      if (hasPlainForm(type))
        return `count(*) FILTER (WHERE NOT coalesce(${isPlain(id, type)}, false) AND ${id} IS NOT NULL)::DOUBLE, 0::DOUBLE`;
      return `count(${id})::DOUBLE, count(*) FILTER (WHERE ${surelyText(id)})::DOUBLE`;
    });
    const [row] = await query(connection, `SELECT ${checks.join(', ')} FROM ${o.source}`);
    for (const [i, type] of guesses.entries()) {
      const [first, second] = [Number(row![2 * i]), Number(row![2 * i + 1])];
      const isClean = hasPlainForm(type) ? first === 0 : type === 'text' && second >= enoughTexts(first);
      types.push(isClean ? type : null);
    }
  }
  return types;
}
