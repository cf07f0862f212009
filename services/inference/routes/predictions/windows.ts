/**
 * Rows of a request → the network's input x [N,T,I] in raw units. Every value is checked, also of rows before the window,
 * and every fault is told with its place.
 */
import { readOrderValue } from '../../../../datasets/features/timestamps.ts';
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import { refuseAll, refuseOthers } from './refuse.ts';
import type { PredictionRequest } from './schemas.ts';

type Row = NonNullable<PredictionRequest['inputs'][number]['rows']>[number];
type Scalar = Row[string];

/** One input of the request, understood. */
export interface ReadSeries {
  /** The value of the group_by column. */
  readonly series: Scalar;
  /** The order_by value of the last row; null without one. */
  readonly last: Scalar;
}

/** A cell; undefined where the row has none, also when every object has a property of that name. */
const cell = (row: Row | undefined, column: string): Scalar | undefined =>
  row !== undefined && Object.hasOwn(row, column) ? row[column] : undefined;

/** Throws `validation_failed` with a pointer to each value at fault. */
export function readWindows(
  inputs: PredictionRequest['inputs'],
  card: Pick<ForecastCard, 'specification' | 'frequency'>,
): { x: { data: Float32Array; dims: readonly number[] }; series: readonly ReadSeries[] } {
  const { data } = card.specification;
  const columns = data.inputs.map(({ column }) => column);
  const steps = data.window.length;
  const errors: FieldError[] = [];
  const x = new Float32Array(inputs.length * steps * columns.length);

  const series = inputs.map((input, n): ReadSeries => {
    const pointer = `/inputs/${n}/rows`;
    const { rows = [] } = input;
    refuseOthers(input, n, ['rows'], errors);
    if (rows.length < steps) {
      errors.push({ pointer, message: `expected at least ${steps} rows, got ${rows.length}` });
    }
    const firstUsed = rows.length - steps;
    columns.forEach((column, i) => {
      const values = readColumn(rows, column, data.missing === 'forward_fill', pointer, errors);
      for (let t = 0; t < steps && errors.length === 0; t++) {
        x[(n * steps + t) * columns.length + i] = values[firstUsed + t]!;
      }
    });
    return {
      series: readSeriesKey(rows, data.group_by, pointer, errors),
      last: readOrder(rows, data.order_by, card.frequency, pointer, errors),
    };
  });

  refuseAll(errors);
  return { x: { data: x, dims: [inputs.length, steps, columns.length] }, series };
}

/** One number per row; a missing one is an error, or the last known one again. */
function readColumn(
  rows: readonly Row[],
  column: string,
  fillForward: boolean,
  pointer: string,
  errors: FieldError[],
): Float64Array {
  const values = new Float64Array(rows.length);
  let known: number | null = null;
  rows.forEach((row, index) => {
    const value = cell(row, column) ?? null;
    const at = `${pointer}/${index}/${escapePointer(column)}`;
    if (value === null && fillForward) {
      // What is missing before the first known value matters only inside the window, but there is nothing to repeat anywhere.
      if (known === null) {
        errors.push({ pointer: at, message: 'expected a number in the first row, got nothing to repeat' });
      }
    } else if (typeof value !== 'number') {
      errors.push({ pointer: at, message: `expected a number, got ${preview(cell(row, column))}` });
    } else if (!Number.isFinite(Math.fround(value))) {
      errors.push({ pointer: at, message: `expected a finite number that float32 can hold, got ${value}` });
    } else known = value;
    values[index] = known ?? 0;
  });
  return values;
}

function readSeriesKey(
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

/** Checks that the rows stand oldest first. */
function readOrder(
  rows: readonly Row[],
  orderBy: string | undefined,
  frequency: ForecastCard['frequency'],
  pointer: string,
  errors: FieldError[],
): Scalar {
  if (orderBy === undefined || frequency === null) return null;
  const expected = { date: 'a date', timestamp: 'a timestamp', number: 'a number' }[frequency.values];
  let before: number | null = null;
  for (const [index, row] of rows.entries()) {
    const at = `${pointer}/${index}/${escapePointer(orderBy)}`;
    const place = readOrderValue(cell(row, orderBy), frequency.values);
    if (place === null) {
      errors.push({ pointer: at, message: `expected ${expected}, got ${preview(cell(row, orderBy))}` });
    } else if (before !== null && place <= before) {
      errors.push({
        pointer: at,
        message: `expected ${expected} after that of the row before (oldest first), got ${preview(cell(row, orderBy))}`,
      });
    }
    before = place ?? before;
  }
  return cell(rows.at(-1), orderBy) ?? null;
}
