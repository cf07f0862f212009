/** Rows of a request → what the model's file takes, x [N,T,I] in raw units. Every value is checked, also of rows before the window, and every fault is told with its place. */
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import type { Feeds } from '../../sessions/messages.ts';
import { cell, type Row, type Scalar } from './cells.ts';
import type { InputFaults } from './input-faults.ts';
import { refuseOthers } from './refuse.ts';
import type { PredictionRequest } from './schemas.ts';
import { readOrder, readSeriesKey, type Order } from './series-order.ts';
import { windowReader, type WindowCard } from './window-reader.ts';

/** One input of the request, understood. */
export interface ReadSeries {
  /** Which input of the request it is. */
  readonly input: number;
  /** The value of the group_by column. */
  readonly series: Scalar;
  /** The order_by value of the last row; null without one. */
  readonly last: Scalar;
  /** What was taken for something else than it says. */
  readonly warnings: readonly FieldError[];
}

/** @returns the inputs that are not at fault, one after the other; what is wrong with others is added to `faults` */
export function readWindows(
  inputs: PredictionRequest['inputs'],
  card: WindowCard,
  faults: InputFaults,
): { feeds: Feeds; series: readonly ReadSeries[] } {
  const { data } = card.specification;
  const reader = windowReader(card);
  const { frame, width } = reader;
  const ahead = frame.ahead.map((index) => frame.scaled[index]!.name);
  const { length: steps, horizon } = data.window;
  const length = frame.reach + steps;
  const x = new Float32Array(inputs.length * steps * width);
  const future = new Float32Array(inputs.length * horizon * ahead.length);
  const series: ReadSeries[] = [];

  inputs.forEach((input, n) => {
    const errors = faults[n]!;
    if (errors.length > 0) return;
    /** Its place among those that are run. */
    const place = series.length;
    const pointer = `/inputs/${n}/rows`;
    const { rows = [], future: toCome = [] } = input;
    refuseOthers(input, n, ahead.length > 0 ? ['rows', 'future'] : ['rows'], errors);
    if (rows.length < length) {
      errors.push({ pointer, message: `expected at least ${length} rows, got ${rows.length}` });
    }
    const outOfOrder: FieldError[] = [];
    const { last, times } = readOrder(rows, reader.order, pointer, outOfOrder);
    const warnings: FieldError[] = [];
    const kept = reader.keep(rows, { pointer, firstUsed: rows.length - length, times }, { errors, warnings });
    const key = readSeriesKey(rows, data.group_by, pointer, errors);
    if (data.group_by !== undefined && reader.isNewSeries(key))
      warnings.unshift({
        pointer: `${pointer}/0/${escapePointer(data.group_by)}`,
        message: `expected a series that training had, got ${preview(key)}: it is scaled by the figures of all of them`,
      });
    const read: ReadSeries = { input: n, series: key, last, warnings };
    if (ahead.length > 0)
      readAhead(
        toCome,
        n,
        {
          at: place * horizon * ahead.length,
          columns: ahead,
          horizon,
          isLog: reader.isLog,
          into: future,
        },
        errors,
      );
    errors.push(...outOfOrder);
    checkAhead(toCome, n, read, { groupBy: data.group_by, order: reader.order }, errors);
    if (errors.length > 0) return;
    reader.writeSteps(kept, steps, x, place * steps * width);
    series.push(read);
  });

  const N = series.length;
  /** Feeds are given away with their memory: no more of it than they take. */
  const taken = (all: Float32Array, size: number) => (N === inputs.length ? all : all.slice(0, N * size));
  return {
    feeds: {
      x: { data: taken(x, steps * width), dims: [N, steps, width] },
      ...(ahead.length > 0 && {
        future: { data: taken(future, horizon * ahead.length), dims: [N, horizon, ahead.length] },
      }),
      ...(reader.numbersOf && { series: reader.numbersOf(series.map((one) => one.series)) }),
    },
    series,
  };
}

/** What is known of the rows that are forecast, one row for each step of the horizon: [horizon, columns]. */
function readAhead(
  rows: readonly Row[],
  n: number,
  o: {
    at: number;
    columns: readonly string[];
    horizon: number;
    isLog: (column: string) => boolean;
    into: Float32Array;
  },
  errors: FieldError[],
): void {
  const { columns, horizon } = o;
  const pointer = `/inputs/${n}/future`;
  if (rows.length !== horizon)
    errors.push({
      pointer,
      message: `expected ${horizon} rows, one for each that is forecast, with ${columns.map((column) => `"${column}"`).join(', ')}, got ${rows.length}`,
    });
  rows.slice(0, horizon).forEach((row, step) => {
    columns.forEach((column, index) => {
      const value = cell(row, column);
      if (typeof value === 'number' && Number.isFinite(Math.fround(value)) && !(o.isLog(column) && value < 0))
        o.into[o.at + step * columns.length + index] = value;
      else
        errors.push({
          pointer: `${pointer}/${step}/${escapePointer(column)}`,
          message: `expected ${o.isLog(column) ? 'a number of at least 0' : 'a number'}, got ${preview(value)}`,
        });
    });
  });
}

/** Rows that are forecast need not say of which series they are, and when; where they do it is the series of the rows before them, and after these. */
function checkAhead(
  rows: readonly Row[],
  n: number,
  { series, last }: ReadSeries,
  { groupBy, order }: { groupBy: string | undefined; order: Order | null },
  errors: FieldError[],
): void {
  const pointer = `/inputs/${n}/future`;
  if (order !== null && rows.some((row) => cell(row, order.column) !== undefined))
    readOrder(rows, order, pointer, errors, last);
  if (groupBy === undefined || series === null) return;
  rows.forEach((row, step) => {
    const key = cell(row, groupBy);
    if (key !== undefined && key !== series)
      errors.push({
        pointer: `${pointer}/${step}/${escapePointer(groupBy)}`,
        message: `expected ${preview(series)} as in the rows before, got ${preview(key)}`,
      });
  });
}
