/**
 * The three parts of a series, by time: training first, then validation, then test. Validation and test have their share of
 * the rows, rounded; training has the rest.
 */
import type { Split } from '../../engine/spec/data.ts';

/** Rows [0, trainingEnd) are for training, [trainingEnd, validationEnd) for validation, [validationEnd, rows) for the test. */
export interface SeriesParts {
  readonly trainingEnd: number;
  readonly validationEnd: number;
  readonly rows: number;
}

export function splitSeries(rows: number, split: Split): SeriesParts {
  const test = Math.min(rows, Math.round(rows * split.test));
  const validation = Math.min(rows - test, Math.round(rows * split.validation));
  return { trainingEnd: rows - test - validation, validationEnd: rows - test, rows };
}
