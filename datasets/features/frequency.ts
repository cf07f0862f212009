/** The step between the rows of a series. Months, quarters and years are steps of the calendar, not of the clock. */
import { readOrderValue, writeOrderValue } from './timestamps.ts';

/** JSON, so that a model file can carry it. */
export interface Frequency {
  /** What stands in the `order_by` column. */
  readonly values: 'date' | 'timestamp' | 'number';
  /** `number`: plain numbers, no calendar. */
  readonly unit: 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year' | 'number';
  /** Units between two rows. */
  readonly step: number;
  /** Months, quarters and years: each row stands on the last day of its month. */
  readonly month_end: boolean;
}

const dayMs = 86_400_000;
/** Longest first: a step is told in the longest unit that it is a whole number of. */
const clockUnits = [
  ['week', 7 * dayMs],
  ['day', dayMs],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;
const calendarUnits = [
  ['year', 12],
  ['quarter', 3],
  ['month', 1],
] as const;

function median(numbers: Float64Array): number {
  return numbers.sort()[(numbers.length - 1) >> 1]!;
}

/** Steps between neighbours within each series, after `project`. */
function stepsOf(
  places: Float64Array,
  starts: Uint32Array,
  project: (place: number) => number,
): Float64Array {
  const steps = new Float64Array(places.length);
  let count = 0;
  for (let series = 0; series + 1 < starts.length; series++)
    for (let row = starts[series]! + 1; row < starts[series + 1]!; row++)
      steps[count++] = project(places[row]!) - project(places[row - 1]!);
  return steps.subarray(0, count);
}

function monthIndex(place: number): number {
  const date = new Date(place);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function isMonthEnd(place: number): boolean {
  return new Date(place + dayMs).getUTCDate() === 1;
}

/** Whole months apart: all on one day of the month at one time of day, or all on the last day of their months. */
function calendarStep(
  places: Float64Array,
  starts: Uint32Array,
): Pick<Frequency, 'unit' | 'step' | 'month_end'> | null {
  const first = new Date(places[0]!);
  const sameTime = places.every((place) => (place - first.getTime()) % dayMs === 0);
  const monthEnd = sameTime && places.every(isMonthEnd);
  if (
    !monthEnd &&
    !(sameTime && places.every((place) => new Date(place).getUTCDate() === first.getUTCDate()))
  )
    return null;
  const months = median(stepsOf(places, starts, monthIndex));
  for (const [unit, length] of calendarUnits)
    if (months > 0 && months % length === 0) return { unit, step: months / length, month_end: monthEnd };
  return null;
}

/**
 * The median step between the rows. `places` [rows]: the `order_by` values, ascending in each series, in milliseconds since 1970
 * for dates and timestamps; `starts` [series + 1]. null where no series has two rows.
 */
export function detectFrequency(
  places: Float64Array,
  starts: Uint32Array,
  values: Frequency['values'],
): Frequency | null {
  const steps = stepsOf(places, starts, (place) => place);
  if (steps.length === 0) return null;
  const step = median(steps);
  if (step <= 0) return null;
  if (values === 'number') return { values, unit: 'number', step, month_end: false };
  // A month has 28 days at least.
  const calendar = step >= 28 * dayMs ? calendarStep(places, starts) : null;
  if (calendar !== null) return { values, ...calendar };
  const [unit, length] = clockUnits.find(([, milliseconds]) => step % milliseconds === 0) ?? ['second', 1000];
  return { values, unit, step: step / length, month_end: false };
}

/** `place` moved by whole months; a day that the month does not have becomes its last. */
function addMonths(place: number, months: number, monthEnd: boolean): number {
  const from = new Date(place);
  const daysIn = new Date(0);
  daysIn.setUTCFullYear(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0);
  const day = monthEnd ? daysIn.getUTCDate() : Math.min(from.getUTCDate(), daysIn.getUTCDate());
  daysIn.setUTCDate(day);
  const timeOfDay = ((place % dayMs) + dayMs) % dayMs;
  return daysIn.getTime() + timeOfDay;
}

/** What stands in `order_by` in the `horizon` rows after the row of `last`, in the same form; null when `last` is no such value. */
export function nextTimestamps(o: {
  last: unknown;
  frequency: Frequency;
  horizon: number;
}): (string | number)[] | null {
  const { unit, step, values, month_end: monthEnd } = o.frequency;
  const last = readOrderValue(o.last, values);
  if (last === null) return null;
  const months = calendarUnits.find(([name]) => name === unit)?.[1];
  const length = clockUnits.find(([name]) => name === unit)?.[1] ?? 1;
  return Array.from({ length: o.horizon }, (_, index) => {
    const steps = (index + 1) * step;
    const place = months === undefined ? last + steps * length : addMonths(last, steps * months, monthEnd);
    return writeOrderValue(place, values);
  });
}
