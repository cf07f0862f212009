/** Rows of a request that are of one series, oldest first. */
import type { Frequency } from '../../../../datasets/features/frequency.ts';
import { readOrderValue } from '../../../../datasets/features/timestamps.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import { cell, type Row, type Scalar } from './cells.ts';

/** By what rows are ordered. */
export interface Order {
  readonly column: string;
  readonly values: Frequency['values'];
}

/** @returns the value of the group_by column in all rows; null without one */
export function readSeriesKey(
  rows: readonly Row[],
  groupBy: string | undefined,
  pointer: string,
  errors: FieldError[],
): Scalar {
  if (groupBy === undefined) return null;
  const key = cell(rows[0], groupBy) ?? null;
  const other = rows.findIndex((row) => (cell(row, groupBy) ?? null) !== key);
  if (other !== -1) {
    errors.push({
      pointer: `${pointer}/${other}/${escapePointer(groupBy)}`,
      message: `expected ${preview(key)} as in the first row (an input is of one series), got ${preview(cell(rows[other], groupBy))}`,
    });
  }
  return key;
}

const expectedOf: Record<Order['values'], string> = {
  date: 'a date',
  timestamp: 'a timestamp',
  number: 'a number',
};

/** Where rows stand in the order of their series. */
export interface Ordered {
  /** The order_by value of the last row; null without an order. */
  readonly last: Scalar;
  /** Of each row the milliseconds since 1970, or the number; NaN where there is none. Null without an order. */
  readonly times: Float64Array | null;
}

/** Checks that the rows stand oldest first. @param previous - the order_by value of the row before them */
export function readOrder(
  rows: readonly Row[],
  order: Order | null,
  pointer: string,
  errors: FieldError[],
  previous: Scalar = null,
): Ordered {
  if (order === null) return { last: null, times: null };
  const { column, values } = order;
  const times = new Float64Array(rows.length);
  let before = previous === null ? null : readOrderValue(previous, values);
  for (let index = 0; index < rows.length; index++) {
    const value = cell(rows[index], column);
    const place = readOrderValue(value, values);
    times[index] = place ?? NaN;
    if (place === null || (before !== null && place <= before))
      errors.push({
        pointer: `${pointer}/${index}/${escapePointer(column)}`,
        message: `expected ${expectedOf[values]}${place === null ? '' : ' after that of the row before (oldest first)'}, got ${preview(value)}`,
      });
    before = place ?? before;
  }
  return { last: cell(rows.at(-1), column) ?? null, times };
}
