/**
 * Rows of a request → what the model's file takes, x [N,T,I] in raw units, by the code that made its training windows. Every value is checked, also of rows before the window,
 * and every fault is told with its place.
 */
import { readOrderValue } from '../../../../datasets/features/timestamps.ts';
import type { Encoded, ReadValue } from '../../../../datasets/features/feature.ts';
import { featureEncoder, readValue } from '../../../../datasets/features/table.ts';
import {
  fileChannels,
  readChannel,
  rowKeeper,
  takesHoles,
  windowFrame,
  type WindowFrame,
} from '../../../../datasets/features/window-frame.ts';
import type { ForecastCard } from '../../../../domain/models/forecast-card.ts';
import type { FittedFeature } from '../../../../domain/models/fitted-features.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { IntegerValue } from '../../../../engine/runtime/session.ts';
import { isInput, type NumbersInput } from '../../../../engine/spec/inputs.ts';
import { columnScaling } from '../../../../engine/spec/scaling.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import type { Feeds } from '../../sessions/messages.ts';
import type { InputFaults } from './input-faults.ts';
import { refuseOthers } from './refuse.ts';
import type { PredictionRequest } from './schemas.ts';

export type Row = NonNullable<PredictionRequest['inputs'][number]['rows']>[number];
export type Scalar = Row[string];

/** One input of the request, understood. */
export interface ReadSeries {
  /** Which input of the request it is. */
  readonly input: number;
  /** The value of the group_by column. */
  readonly series: Scalar;
  /** The order_by value of the last row; null without one. */
  readonly last: Scalar;
}

/** A cell; undefined where the row has none, also when every object has a property of that name. */
export const cell = (row: Row | undefined, column: string): Scalar | undefined =>
  row !== undefined && Object.hasOwn(row, column) ? row[column] : undefined;

/** @returns the inputs that are not at fault, one after the other; what is wrong with others is added to `faults` */
export function readWindows(
  inputs: PredictionRequest['inputs'],
  card: Pick<ForecastCard, 'specification' | 'frequency' | 'features'>,
  faults: InputFaults,
): { feeds: Feeds; series: readonly ReadSeries[] } {
  const { data } = card.specification;
  const frame = windowFrame({ inputs: data.inputs, targets: [], missing: data.missing });
  const channels = fileChannels(frame);
  const categories = card.features?.categories ?? [];
  const steps = data.window.length;
  const length = frame.reach + steps;
  const x = new Float32Array(inputs.length * steps * channels.length);
  const channel = new Float64Array(steps);
  const future = new Float32Array(inputs.length * data.window.horizon * frame.ahead.length);
  const series: ReadSeries[] = [];

  inputs.forEach((input, n) => {
    const errors = faults[n]!;
    if (errors.length > 0) return;
    /** Its place among those that are run. */
    const place = series.length;
    const pointer = `/inputs/${n}/rows`;
    const { rows = [] } = input;
    refuseOthers(input, n, frame.ahead.length > 0 ? ['rows', 'future'] : ['rows'], errors);
    if (rows.length < length) {
      errors.push({ pointer, message: `expected at least ${length} rows, got ${rows.length}` });
    }
    const values = card.frequency?.values ?? 'number';
    const timeOf = (row: Row): number | null =>
      data.order_by === undefined ? null : readOrderValue(cell(row, data.order_by), values);
    const kept = keepRows(
      rows,
      frame,
      { firstUsed: rows.length - length, data, pointer, timeOf, categories },
      errors,
    );
    readAhead(
      input.future ?? [],
      n,
      {
        place,
        columns: frame.ahead.map((column) => frame.scaled[column]!.name),
        horizon: data.window.horizon,
        isLog: (column) => isLog(data, column),
        into: future,
      },
      errors,
    );
    const read: ReadSeries = {
      input: n,
      series: readSeriesKey(rows, data.group_by, pointer, errors),
      last: readOrder(rows, data.order_by, card.frequency, pointer, errors),
    };
    checkAhead(input.future ?? [], n, read, { data, frequency: card.frequency }, errors);
    if (errors.length > 0) return;
    channels.forEach((one, i) => {
      readChannel(frame, one, kept, [rows.length - steps, rows.length], channel);
      for (let t = 0; t < steps; t++) x[(place * steps + t) * channels.length + i] = channel[t]!;
    });
    series.push(read);
  });

  const N = series.length;
  /** Feeds are given away with their memory: no more of it than they take. */
  const taken = (all: Float32Array, size: number) => (N === inputs.length ? all : all.slice(0, N * size));
  const { horizon } = data.window;
  const keys = card.features?.series;
  return {
    feeds: {
      x: { data: taken(x, steps * channels.length), dims: [N, steps, channels.length] },
      ...(frame.ahead.length > 0 && {
        future: { data: taken(future, horizon * frame.ahead.length), dims: [N, horizon, frame.ahead.length] },
      }),
      ...(keys && { series: numbersOfSeries(series, keys) }),
    },
    series,
  };
}

/** Whether a column that goes in is scaled as logarithms. */
const isLog = ({ inputs, scaling }: ForecastCard['specification']['data'], column: string): boolean =>
  columnScaling(
    { scaling },
    inputs.find((input): input is NumbersInput => isInput(input, 'numbers') && input.column === column),
  ) === 'log';

/** The number of each series among those of training; −1 for others. */
export function numbersOfSeries(
  series: readonly Pick<ReadSeries, 'series'>[],
  keys: readonly string[],
): IntegerValue {
  const numbers = new Map(keys.map((key, index) => [key, index]));
  const data = series.map((one) => BigInt(numbers.get(String(one.series)) ?? -1));
  return { data: BigInt64Array.from(data), dims: [series.length] };
}

/** All rows as training keeps them, [rows, width]; values at fault are told. */
export function keepRows(
  rows: readonly Row[],
  frame: WindowFrame,
  o: {
    firstUsed: number;
    data: ForecastCard['specification']['data'];
    pointer: string;
    timeOf: (row: Row) => number | null;
    /** Of the frame's ids. */
    categories: readonly FittedFeature[];
    /** The row that was kept last, where these go on from others. */
    before?: Float64Array | undefined;
  },
  errors: FieldError[],
): Float64Array {
  const { columns, width, missing } = frame;
  const kept = new Float64Array(rows.length * width);
  const keeper = rowKeeper(frame, o.before);
  const encoders = o.categories.map(featureEncoder);
  const values = new Float64Array(columns.length + o.categories.length);
  rows.forEach((row, index) => {
    o.categories.forEach((feature, place) => {
      const value = cell(row, feature.column);
      // read and encoded at once, as all categories are
      const read = readValue(feature, value) as ReadValue;
      if ('expected' in read)
        errors.push({
          pointer: `${o.pointer}/${index}/${escapePointer(feature.column)}`,
          message: `expected ${read.expected}, got ${preview(value)}`,
        });
      else values[columns.length + place] = (encoders[place]!(read.value) as Encoded)[0]!;
    });
    columns.forEach((column, place) => {
      const value = cell(row, column) ?? null;
      const refuse = (message: string): void => {
        errors.push({ pointer: `${o.pointer}/${index}/${escapePointer(column)}`, message });
      };
      values[place] = typeof value === 'number' ? value : NaN;
      if (value === null && takesHoles(missing)) {
        if (missing === 'drop' && index >= o.firstUsed)
          refuse(`expected a number in the ${rows.length - o.firstUsed} rows that are used, got nothing`);
      } else if (typeof value !== 'number') refuse(`expected a number, got ${preview(cell(row, column))}`);
      else if (!Number.isFinite(Math.fround(value)))
        refuse(`expected a finite number that float32 can hold, got ${value}`);
      else if (isLog(o.data, column) && value < 0)
        refuse(`expected a number of at least 0, since scaling is log, got ${value}`);
    });
    kept.set(keeper.keep(values, o.timeOf(row)), index * width);
    if (!takesHoles(missing) || missing === 'drop' || index < o.firstUsed) return;
    for (const column of columns)
      // what is missing before the first known value has nothing to be filled with
      if (
        Number.isNaN(kept[index * width + frame.knownPlaceOf(column)]!) &&
        (cell(row, column) ?? null) === null
      )
        errors.push({
          pointer: `${o.pointer}/${index}/${escapePointer(column)}`,
          message: 'expected a number here or in a row before, got nothing to repeat',
        });
  });
  return kept;
}

/** What is known of the rows that are forecast, one row for each step of the horizon: [horizon, columns]. */
function readAhead(
  rows: readonly Row[],
  n: number,
  o: {
    place: number;
    columns: readonly string[];
    horizon: number;
    isLog: (column: string) => boolean;
    into: Float32Array;
  },
  errors: FieldError[],
): void {
  const { columns, horizon } = o;
  if (columns.length === 0) return;
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
        o.into[(o.place * horizon + step) * columns.length + index] = value;
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
  {
    data: { group_by: groupBy, order_by: orderBy },
    frequency,
  }: {
    data: ForecastCard['specification']['data'];
    frequency: ForecastCard['frequency'];
  },
  errors: FieldError[],
): void {
  const pointer = `/inputs/${n}/future`;
  if (orderBy !== undefined && rows.some((row) => cell(row, orderBy) !== undefined))
    readOrder(rows, orderBy, frequency, pointer, errors, last);
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

/** Checks that the rows stand oldest first. @param previous - the order_by value of the row before them */
export function readOrder(
  rows: readonly Row[],
  orderBy: string | undefined,
  frequency: ForecastCard['frequency'],
  pointer: string,
  errors: FieldError[],
  previous: Scalar = null,
): Scalar {
  if (orderBy === undefined || frequency === null) return null;
  const expected = { date: 'a date', timestamp: 'a timestamp', number: 'a number' }[frequency.values];
  let before = previous === null ? null : readOrderValue(previous, frequency.values);
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
