/**
 * What is kept of each row of a series for forecasts, as numbers next to each other, and how the rows of a window become channels: the same for training and for
 * predictions. A column of numbers is kept as it is (NaN where missing); where holes are filled also the last known value, and for straight lines how
 * many rows ago it was known. So nothing after a row is needed to keep it, and a window sees no further than its own end.
 */
import type { DataSpecification } from '../../engine/spec/data.ts';
import { columnsOf, isInput, type CalendarPart } from '../../engine/spec/inputs.ts';
import type { ScalingType } from '../../engine/spec/scaling.ts';
import type { CategoryInput } from '../../engine/spec/row-inputs.ts';
import { numbersPerPart, writeCalendar } from './calendar.ts';

type Missing = DataSpecification['missing'];

/** Numbers kept of each column, beside the value itself. */
const extraPlaces: Record<Missing, number> = {
  error: 0,
  drop: 1,
  forward_fill: 1,
  mask: 1,
  interpolate: 2,
  // of rows alone
  mean: 0,
};

/** Whether values may be missing, once every column has had one: rows before that are left out. */
export const takesHoles = (missing: Missing): boolean => missing !== 'error';

/** Whether inputs that are missing are filled. */
const fillsHoles = (missing: Missing): boolean => takesHoles(missing) && missing !== 'drop';

/** One number of each step of a window. */
export interface Channel {
  readonly name: string;
  /** Place in a row of the column that it is read from. */
  readonly place: number;
  /** value: the number itself, filled; known: 1 where there is one and 0 where there is none. */
  readonly reads: 'value' | 'known';
  /** Rows before the step from which it is read. */
  readonly lag: number;
  /** Of scaled channels: the column's own way, instead of that of all. */
  readonly scaling?: ScalingType;
}

export interface WindowFrame {
  /** Columns of numbers, each once, in the order in which `keeper` takes them. */
  readonly columns: readonly string[];
  /** Numbers kept of each row. */
  readonly width: number;
  /** Where a column stands in a row. */
  readonly placeOf: (column: string) => number;
  /** Where its last known value stands, or the value where there are no holes. */
  readonly knownPlaceOf: (column: string) => number;
  /** Channels that are scaled, then those that are not. */
  readonly scaled: readonly Channel[];
  readonly unscaled: readonly Channel[];
  /** Ids of categories, as each row has them. */
  readonly ids: readonly Channel[];
  /** Columns whose numbers are known ahead, for each row that is forecast; by their place among the scaled channels. */
  readonly ahead: readonly number[];
  /** Parts of the calendar that are kept of each row, from `calendarPlace` on. */
  readonly calendar: readonly CalendarPart[];
  readonly calendarPlace: number;
  /** Rows before a window that its channels need. */
  readonly reach: number;
  readonly missing: Missing;
}

export function windowFrame(
  data: Pick<DataSpecification, 'inputs' | 'targets' | 'missing' | 'weight'>,
): WindowFrame {
  const numbers = data.inputs.filter((input) => isInput(input, 'numbers'));
  const columns = [
    ...new Set([
      ...numbers.flatMap(columnsOf),
      ...data.targets.map(({ column }) => column),
      ...(data.weight === undefined ? [] : [data.weight]),
    ]),
  ];
  const perColumn = 1 + extraPlaces[data.missing];
  const places = new Map(columns.map((column, index) => [column, index * perColumn]));
  const placeOf = (column: string): number => places.get(column)!;
  const calendar = data.inputs
    .filter((input) => isInput(input, 'calendar'))
    .flatMap((input) => input.calendar);
  const calendarPlace = columns.length * perColumn;
  const idPlace = calendarPlace + numbersPerPart * calendar.length;
  const ids = data.inputs
    .filter((input) => isInput(input, 'categories'))
    .map(({ column }, index): Channel => ({ name: column, place: idPlace + index, reads: 'value', lag: 0 }));
  const scaled = numbers.flatMap(({ column, lags = [], scaling }) =>
    [0, ...lags].map((lag): Channel => ({
      ...(scaling && { scaling }),
      name: lag === 0 ? column : `${column}, ${lag} rows before`,
      place: placeOf(column),
      reads: 'value',
      lag,
    })),
  );
  return {
    columns,
    width: idPlace + ids.length,
    ids,
    placeOf,
    knownPlaceOf: (column) => placeOf(column) + (takesHoles(data.missing) ? 1 : 0),
    scaled,
    unscaled: [
      ...(data.missing === 'mask'
        ? scaled.map((channel): Channel => ({ ...channel, name: `${channel.name} is known`, reads: 'known' }))
        : []),
      ...calendar.flatMap((part, index) =>
        ['sine', 'cosine'].map((which, number): Channel => ({
          name: `${part}, ${which}`,
          place: calendarPlace + numbersPerPart * index + number,
          reads: 'value',
          lag: 0,
        })),
      ),
    ],
    ahead: numbers
      .filter((input) => input.known_ahead === true)
      .map(({ column }) => scaled.findIndex(({ place, lag }) => place === placeOf(column) && lag === 0)),
    calendar,
    calendarPlace,
    reach: scaled.reduce((most, { lag }) => Math.max(most, lag), 0),
    missing: data.missing,
  };
}

/** I: numbers of a step. @param categories - of the frame's ids, in their order */
export const channelCount = (
  { scaled, unscaled, ahead }: WindowFrame,
  horizon: number,
  categories: readonly CategoryInput[],
): number =>
  scaled.length +
  ahead.length * horizon +
  unscaled.length +
  categories.reduce((sum, one) => sum + (one.kind === 'one_hot' ? one.categories : 1), 0);

/** What a step of the exported file's input is: numbers in their own units, then ids. */
export const fileChannels = ({ scaled, unscaled, ids }: WindowFrame): readonly Channel[] => [
  ...scaled,
  ...unscaled,
  ...ids,
];

/** Takes the rows of one series, one after another. */
export interface RowKeeper {
  /**
   * @param values - of the frame's columns, NaN where missing, then its ids
   * @param time - milliseconds since 1970, of frames with a calendar
   * @param into - gets the row to keep [width], from `at` on; unless given it is an array that the next row overwrites
   * @returns `into`
   */
  keep(values: ArrayLike<number>, time: number | null, into?: Float64Array, at?: number): Float64Array;
}

/** @param last - the row that was kept last [width], where the series goes on */
export function rowKeeper(
  { columns, width, missing, calendar, calendarPlace, ids }: WindowFrame,
  last?: Float64Array,
): RowKeeper {
  const own = new Float64Array(width);
  const known = new Float64Array(columns.length).fill(NaN);
  const age = new Float64Array(columns.length);
  const extra = extraPlaces[missing];
  if (last && extra > 0)
    for (let index = 0; index < columns.length; index++) {
      known[index] = last[index * (1 + extra) + 1]!;
      if (extra === 2) age[index] = last[index * (1 + extra) + 2]!;
    }
  return {
    keep(values, time, row = own, at = 0) {
      for (let index = 0; index < columns.length; index++) {
        const value = values[index]!;
        const place = at + index * (1 + extra);
        row[place] = value;
        if (extra === 0) continue;
        if (Number.isNaN(value)) age[index]! += 1;
        else {
          known[index] = value;
          age[index] = 0;
        }
        row[place + 1] = known[index]!;
        if (extra === 2) row[place + 2] = age[index]!;
      }
      if (calendar.length > 0) writeCalendar(calendar, time ?? NaN, row, at + calendarPlace);
      for (let index = 0; index < ids.length; index++)
        row[at + ids[index]!.place] = values[columns.length + index]!;
      return row;
    },
  };
}

/**
 * The numbers of a channel in rows [from, to), as they are known at the end of row `to` − 1.
 * @param rows - [rows, width], kept rows
 */
export function readChannel(
  { width, missing }: WindowFrame,
  { place, reads, lag }: Channel,
  rows: Float64Array,
  [from, to]: readonly [from: number, to: number],
  into: Float64Array,
): void {
  for (let row = from; row < to; row++) {
    const at = (row - lag) * width + place;
    const value = rows[at]!;
    const isKnown = value === value;
    if (reads === 'known') into[row - from] = isKnown ? 1 : 0;
    else if (isKnown) into[row - from] = value;
    else if (missing === 'interpolate') into[row - from] = onLine(rows, at, width, to * width);
    else into[row - from] = fillsHoles(missing) ? rows[at + 1]! : value;
  }
}

/** On the line between the last known value and the next one before `end`; the last known one where there is no next. */
function onLine(rows: Float64Array, at: number, width: number, end: number): number {
  const [last, age] = [rows[at + 1]!, rows[at + 2]!];
  for (let next = at + width; next < end; next += width) {
    const value = rows[next]!;
    if (!Number.isNaN(value)) return last + ((value - last) * age) / (age + (next - at) / width);
  }
  return last;
}
