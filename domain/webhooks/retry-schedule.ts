/** When a delivery is tried again: the schedule of the Standard Webhooks specification, about three days long. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Milliseconds between the end of an attempt that failed and the next one. */
export const retryDelaysMs: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

export const maxAttempts = retryDelaysMs.length + 1;

/** Of each delay, so that endpoints which failed together are not tried again together. */
const jitter = 0.1;

/** A receiver may ask for more patience than the schedule has, but not for more than this. */
const longestRetryAfterMs = 24 * hour;

/**
 * Milliseconds until the next attempt; null when `attempts` (those made so far) were all. `random` is from 0 to 1.
 * `retryAfterMs`: what the receiver asked for; it makes the wait longer, never shorter.
 */
export function nextDelayMs(attempts: number, random: number, retryAfterMs: number | null): number | null {
  const delay = retryDelaysMs[attempts - 1];
  if (delay === undefined) return null;
  const asked = Math.min(Math.max(retryAfterMs ?? 0, 0), longestRetryAfterMs);
  return Math.round(Math.max(delay, asked) * (1 + jitter * random));
}

/** The milliseconds that a Retry-After header asks for (seconds, or a date); null when it says nothing understandable. */
export function readRetryAfter(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * second;
  const time = /^[A-Z][a-z]{2},? /.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? null : Math.max(0, time - now.getTime());
}
