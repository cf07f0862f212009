/** Steps in a season: the lag at which a series is expected to look like itself. */
import type { Frequency } from './frequency.ts';

/** Hourly 24, daily 7, weekly 52, monthly 12, quarterly 4 (as in the M4 competition, but daily 7 and weekly 52), else 1. */
export function defaultSeasonality(frequency: Frequency | null): number {
  if (frequency?.step !== 1) return 1;
  switch (frequency.unit) {
    case 'hour':
      return 24;
    case 'day':
      return 7;
    case 'week':
      return 52;
    case 'month':
      return 12;
    case 'quarter':
      return 4;
    default:
      return 1;
  }
}
