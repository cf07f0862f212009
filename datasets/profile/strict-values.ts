/**
 * Values of a column all of whose cells are expected to be of one kind, checked and written in one pass: a cell that is not stops the
 * query, with the column and the cell in its message. What passes has the type and the values that column-types.ts gives.
 */
import { offsetForm } from './cell-warnings.ts';
import { hasPlainForm, plainForms, secondsForm } from './clean-columns.ts';
import { hasForm, integerForm, isBad, numberForm, typedValue, type CellType } from './column-types.ts';

/** From the cheapest to check to the dearest. */
export type Expectation = { readonly type: CellType } & (
  | { readonly form: 'text' }
  /** Integers as a program writes them; dates and times whose digits stand where those of `shape` do. */
  | { readonly form: 'canonical'; readonly shape?: string }
  /** In the plain way of the type (clean-columns.ts). */
  | { readonly form: 'plain'; readonly hasOffset?: boolean }
  /** In any way that is good, or missing in words. */
  | { readonly form: 'any'; readonly hasOffset?: boolean }
);

/** Dates and times that DuckDB reads as column-types.ts does, once their digits and signs are known to stand where they should. */
export const shapedForms: Partial<Record<CellType, string>> = {
  date: plainForms.date.form!,
  timestamp: `${secondsForm}(Z|[+-][0-9]{2}:[0-9]{2})?`,
};

/** A GLOB pattern of the cells with digits where this one has some. */
const globOf = (shape: string): string =>
  `'${shape.replaceAll(/[0-9]/g, '[0-9]').replaceAll(/(?<=:.*)[+-]/g, '[+-]')}'`;

const withOffset = (cell: string, hasOffset: boolean | undefined): string =>
  hasOffset === undefined ? '' : ` AND ${hasOffset ? '' : 'NOT '}${hasForm(cell, offsetForm)}`;

interface Strict {
  /** SQL of the value, NULL where there is none. */
  readonly value: string;
  /** SQL: true where the cell is as expected, given its value. */
  readonly check: (value: string) => string;
}

function strict(cell: string, expected: Exclude<Expectation, { form: 'text' }>): Strict {
  const { type, form } = expected;
  switch (form) {
    case 'canonical': {
      if (type === 'integer')
        return {
          value: `TRY_CAST(${cell} AS BIGINT)`,
          check: (value) =>
            `${value}::VARCHAR = ${cell} AND ${value} BETWEEN -${Number.MAX_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`,
        };
      const { shape = '' } = expected;
      const check = (value: string): string => `${value} IS NOT NULL AND ${cell} GLOB ${globOf(shape)}`;
      if (type === 'date') return { value: `TRY_CAST(${cell} AS DATE)`, check };
      return /[+-]..:..$/.test(shape)
        ? { value: `make_timestamp(epoch_us(TRY_CAST(${cell} AS TIMESTAMPTZ)))`, check }
        : { value: `TRY_CAST(${cell} AS TIMESTAMP)`, check };
    }
    case 'plain':
      if (!hasPlainForm(type)) break;
      return {
        value: plainForms[type].value(cell),
        check: (value) => `${plainForms[type].is(cell, value)}${withOffset(cell, expected.hasOffset)}`,
      };
    case 'any':
      break;
  }
  const safe =
    type === 'integer'
      ? (value: string) => ` AND coalesce(abs(${value}) <= ${Number.MAX_SAFE_INTEGER}, true)`
      : () => '';
  const { hasOffset } = expected as { hasOffset?: boolean };
  return {
    value: typedValue(cell, type),
    check: (value) => `NOT ${isBad(cell, type)}${safe(value)}${withOffset(cell, hasOffset)}`,
  };
}

const marker = 'unexpected cell';

/** SQL of the rows of `source`, columns `ids` of text, with their values under the same names. */
export function strictSelect(
  source: string,
  ids: readonly string[],
  expected: readonly Expectation[],
): string {
  const inner: string[] = [];
  const outer = ids.map((id, index) => {
    const one = expected[index]!;
    if (one.form === 'text') return id;
    const { value, check } = strict(id, one);
    const name = `v${index}`;
    inner.push(`${value} AS ${name}`);
    return `CASE WHEN ${id} IS NULL OR (${check(name)}) THEN ${name} ELSE error('${marker} ${index}: ' || left(${id}, 100)) END AS ${id}`;
  });
  return `SELECT ${outer.join(', ')} FROM (SELECT ${[...ids, ...inner].join(', ')} FROM ${source})`;
}

/** Which column a query stopped at, and its cell; null where it failed for another reason. */
export function unexpectedCell(error: unknown): { column: number; cell: string } | null {
  const found = new RegExp(`${marker} (\\d+): (.*)`, 's').exec((error as Error).message);
  return found === null ? null : { column: Number(found[1]), cell: found[2]! };
}

const matches = (cell: string, form: string): boolean => new RegExp(`^(?:${form})$`).test(cell.trim());

/** What may hold of a column where `expected` did not, because of this cell; null: nothing that can be had in one pass. */
export function relaxed(expected: Expectation, cell: string): Expectation | null {
  const { type, form } = expected;
  if (form === 'text' || form === 'any') return null;
  if (type === 'integer' && matches(cell, numberForm) && !matches(cell, integerForm))
    return { type: 'number', form: 'plain' };
  const hasOffset = type === 'timestamp' ? { hasOffset: matches(cell, offsetForm) } : {};
  const plain = hasPlainForm(type) ? plainForms[type].form : null;
  const isPlain = form === 'canonical' && plain !== null && matches(cell, plain);
  return { type, form: isPlain ? 'plain' : 'any', ...hasOffset };
}
