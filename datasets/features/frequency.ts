/** The step between the rows of a series. Months, quarters and years are steps of the calendar, not of the clock. */

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
