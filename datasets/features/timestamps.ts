/** Values of an `order_by` column as numbers and back: dates as YYYY-MM-DD, timestamps as RFC 3339 (UTC where no offset stands). */
import type { Frequency } from './frequency.ts';

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const timestampPattern =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/** Milliseconds since 1970 of midnight UTC; null for a day that the calendar does not have. */
function readDate(text: string): number | null {
  const [, year, month, day] = datePattern.exec(text) ?? [];
  if (year === undefined) return null;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
    ? date.getTime()
    : null;
}

function readTimestamp(text: string): number | null {
  const [, day, hours, minutes, seconds = '0', fraction = '', offset = 'Z'] =
    timestampPattern.exec(text) ?? [];
  const midnight = day === undefined ? readDate(text) : readDate(day);
  if (midnight === null || day === undefined) return midnight;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  const time =
    (Number(hours) * 60 + Number(minutes)) * 60_000 +
    Number(seconds) * 1000 +
    Number(`0.${fraction}0`) * 1000;
  if (offset === 'Z') return midnight + time;
  const east = offset.startsWith('-') ? -1 : 1;
  const offsetMinutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || 0);
  return midnight + time - east * offsetMinutes * 60_000;
}

/** Milliseconds since 1970 in UTC for dates and timestamps, the number itself for numbers; null where the value is no such thing. */
export function readOrderValue(value: unknown, values: Frequency['values']): number | null {
  if (values === 'number') return typeof value === 'number' && Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  return values === 'date' ? readDate(value) : readTimestamp(value);
}

/** The opposite of `readOrderValue`. */
export function writeOrderValue(place: number, values: Frequency['values']): string | number {
  if (values === 'number') return place;
  const text = new Date(Math.round(place)).toISOString();
  return values === 'date'
    ? text.slice(0, text.indexOf('T'))
    : text.replace(/(\.\d*?)0+Z$/, '$1Z').replace('.Z', 'Z');
}
