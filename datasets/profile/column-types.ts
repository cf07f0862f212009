/**
 * Which type a column of text cells has, and which of its cells are bad for that type.
 *
 * Policy. A column has the type (number, date, timestamp, boolean, vector) that most of its cells have the form of, if at most one in
 * ten cells has another form, or exactly one cell of three or more; those cells are problems. Otherwise it is text, where
 * nothing is bad. Numbers are integers when all are whole; whole numbers beyond ±(2^53 - 1) are identifiers: text.
 * An empty cell is missing. In columns that are not text, so are NA, N/A, #N/A, NaN, null and none, in any case, as other
 * tools write them. Infinity, and numbers beyond ±1e100, are problems: nothing sensible can be trained on them.
 * Spaces around a value that is not text do not count. Timestamps without an offset are in UTC.
 */
import type { ProblemCode } from '../../domain/datasets/problem-hints.ts';
import type { ColumnType } from '../../domain/datasets/dataset.ts';

// A pattern and not an IN list: DuckDB turns a long list into a join, which loses the order of the rows.
const missingForm = '(?i)|na|n/a|#n/a|nan|null|none';
const missing = (cell: string): string => `(${cell} IS NULL OR ${hasForm(cell, missingForm)})`;

export const integerForm = '[+-]?[0-9]+';
export const numberForm = '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?';
const infinityForm = '(?i)[+-]?inf(inity)?';
const booleanForm = '(?i)true|false';
export const dateForm = '[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}';
export const timestampForm = `${dateForm}[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?`;

const vectorForm = `\\[\\s*${numberForm}(\\s*,\\s*${numberForm})*\\s*\\]`;

export const hasForm = (cell: string, form: string): string => `regexp_full_match(trim(${cell}), '${form}')`;
const asNumber = (cell: string): string => `TRY_CAST(trim(${cell}) AS DOUBLE)`;
const asDate = (cell: string): string => `TRY_CAST(replace(trim(${cell}), '/', '-') AS DATE)`;
/** As microseconds since 1970 in UTC and back: a plain cast to TIMESTAMP would drop the offset. A cast needs the seconds, too. */
const asTimestamp = (cell: string): string =>
  `make_timestamp(epoch_us(TRY_CAST(regexp_replace(replace(trim(${cell}), '/', '-'), '([T ][0-9]{1,2}:[0-9]{2})(Z|[+-].*)?$', '\\1:00\\2') AS TIMESTAMPTZ)))`;

/** What the cells of a column look like; from the SQL of `cellCounts`, in this order. */
export interface CellCounts {
  /** Cells with something in them. */
  readonly filled: number;
  /** Those that say that the value is missing. */
  readonly words: number;
  readonly numbers: number;
  readonly integers: number;
  readonly largeIntegers: number;
  readonly infinities: number;
  readonly dates: number;
  readonly timestamps: number;
  readonly booleans: number;
  readonly vectors: number;
}

export function cellCounts(cell: string): string[] {
  const integer = hasForm(cell, integerForm);
  const conditions = [
    `trim(${cell}) <> ''`,
    `trim(${cell}) <> '' AND ${missing(cell)}`,
    hasForm(cell, numberForm),
    integer,
    `${integer} AND abs(${asNumber(cell)}) > ${Number.MAX_SAFE_INTEGER}`,
    hasForm(cell, infinityForm),
    hasForm(cell, dateForm),
    hasForm(cell, timestampForm),
    hasForm(cell, booleanForm),
    hasForm(cell, vectorForm),
  ];
  return conditions.map((condition) => `count(*) FILTER (WHERE ${condition})`);
}

export function readCellCounts(values: readonly number[]): CellCounts {
  const [filled, words, numbers, integers, largeIntegers, infinities, dates, timestamps, booleans, vectors] =
    values;
  return {
    filled: filled!,
    words: words!,
    numbers: numbers!,
    integers: integers!,
    largeIntegers: largeIntegers!,
    infinities: infinities!,
    dates: dates!,
    timestamps: timestamps!,
    booleans: booleans!,
    vectors: vectors!,
  };
}

/** Types that cells of text can have. */
export type CellType = Exclude<ColumnType, 'audio' | 'image'>;

/** `allowed`: what the column may be, where more is known of it than its cells tell. */
export function decideType(counts: CellCounts, allowed?: readonly CellType[]): CellType {
  const known = counts.filled - counts.words;
  const belongs = (cells: number): boolean => {
    const others = known - cells;
    return cells > 0 && (others * 10 <= known || (others === 1 && cells >= 2));
  };
  const may = (type: CellType): boolean => allowed === undefined || allowed.includes(type);
  if (may('number') && belongs(counts.numbers + counts.infinities) && counts.numbers > 0) {
    if (counts.integers < counts.numbers) return 'number';
    return counts.largeIntegers > 0 ? 'text' : 'integer';
  }
  if (may('date') && counts.timestamps === 0 && belongs(counts.dates)) return 'date';
  // A date among timestamps is the start of that day.
  if (may('timestamp') && belongs(counts.timestamps + counts.dates)) return 'timestamp';
  if (may('boolean') && belongs(counts.booleans)) return 'boolean';
  if (may('vector') && belongs(counts.vectors)) return 'vector';
  return 'text';
}

interface TypeReading {
  /** SQL of the value; NULL where missing. */
  value(cell: string): string;
  /** SQL: true where the cell has a value of the type. */
  good(cell: string): string;
  readonly code: ProblemCode;
  readonly expected: string;
}

const readings: Record<Exclude<CellType, 'text'>, TypeReading> = {
  integer: {
    value: (cell) => `TRY_CAST(trim(${cell}) AS BIGINT)`,
    good: (cell) => hasForm(cell, integerForm),
    code: 'not_a_number',
    expected: 'a number',
  },
  number: {
    value: asNumber,
    good: (cell) => `(${hasForm(cell, numberForm)} AND abs(${asNumber(cell)}) <= 1e100)`,
    code: 'not_a_number',
    expected: 'a finite number',
  },
  date: {
    value: asDate,
    good: (cell) => `(${hasForm(cell, dateForm)} AND ${asDate(cell)} IS NOT NULL)`,
    code: 'not_a_date',
    expected: 'a date such as 2024-01-31',
  },
  timestamp: {
    value: asTimestamp,
    good: (cell) =>
      `((${hasForm(cell, timestampForm)} OR ${hasForm(cell, dateForm)}) AND ${asTimestamp(cell)} IS NOT NULL)`,
    code: 'not_a_timestamp',
    expected: 'a time such as 2024-01-31T09:30:00Z',
  },
  boolean: {
    value: (cell) => `(lower(trim(${cell})) = 'true')`,
    good: (cell) => hasForm(cell, booleanForm),
    code: 'not_a_boolean',
    expected: 'true or false',
  },
  vector: {
    value: (cell) => `TRY_CAST(trim(${cell}) AS DOUBLE[])`,
    good: (cell) =>
      `(${hasForm(cell, vectorForm)} AND list_max(list_transform(TRY_CAST(trim(${cell}) AS DOUBLE[]), lambda x: abs(x))) <= 1e100)`,
    code: 'not_a_vector',
    expected: 'a list of finite numbers such as [0.5, 2]',
  },
};

/** SQL of a cell's value in its column's type. */
export function typedValue(cell: string, type: CellType): string {
  if (type === 'text') return cell;
  return `CASE WHEN ${missing(cell)} THEN NULL ELSE ${readings[type].value(cell)} END`;
}

/** SQL: true where the cell is neither missing nor of the type. */
export function isBad(cell: string, type: CellType): string {
  if (type === 'text') return 'false';
  return `(NOT ${missing(cell)} AND NOT coalesce(${readings[type].good(cell)}, false))`;
}

export function badCell(type: Exclude<CellType, 'text'>): { code: ProblemCode; expected: string } {
  return readings[type];
}
