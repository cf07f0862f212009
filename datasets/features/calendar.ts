/** Places in a calendar's cycles as two numbers each, sine and cosine, so that December is next to January. Times are UTC. */
import type { CalendarPart } from '../../engine/spec/inputs.ts';

const dayMs = 86_400_000;

/** Where a time stands in a cycle, from 0 to 1; 1970-01-01 was a Thursday. */
const cycles: Record<CalendarPart, (date: Date) => number> = {
  minute: (date) => date.getUTCMinutes() / 60,
  hour: (date) => (date.getUTCHours() + date.getUTCMinutes() / 60) / 24,
  weekday: (date) => ((date.getUTCDay() + 6) % 7) / 7,
  day_of_month: (date) => (date.getUTCDate() - 1) / daysOfMonth(date),
  day_of_year: (date) => dayOfYear(date) / daysOfYear(date.getUTCFullYear()),
  month: (date) => date.getUTCMonth() / 12,
  quarter: (date) => Math.floor(date.getUTCMonth() / 3) / 4,
};

const daysOfMonth = (date: Date): number =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
const daysOfYear = (year: number): number => (Date.UTC(year + 1, 0) - Date.UTC(year, 0)) / dayMs;
const dayOfYear = (date: Date): number =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / dayMs);

/** Numbers that each part becomes. */
export const numbersPerPart = 2;

/** @param time - milliseconds since 1970; @param into - [2 · parts], from `at` on */
export function writeCalendar(
  parts: readonly CalendarPart[],
  time: number,
  into: Float64Array,
  at: number,
): void {
  const date = new Date(time);
  parts.forEach((part, index) => {
    const angle = 2 * Math.PI * cycles[part](date);
    into[at + numbersPerPart * index] = Math.sin(angle);
    into[at + numbersPerPart * index + 1] = Math.cos(angle);
  });
}
