/**
 * The three parts of a series, by time: training first, then validation, then test. Validation and test have their share of
 * the rows, rounded; training has the rest. With a gap so many rows before validation and before the test belong to no part.
 */
import type { Split } from '../../engine/spec/data.ts';

/** Rows [0, trainingEnd) are for training, [trainingEnd + gap, validationEnd) for validation, [validationEnd + gap, rows) for the test. */
export interface SeriesParts {
  readonly trainingEnd: number;
  readonly validationEnd: number;
  readonly rows: number;
  /** 0 if absent. */
  readonly gap?: number;
}

/** Those of a `Split` that say how long the parts are. */
export type Shares = Pick<Split, 'validation' | 'test' | 'gap'>;

export function splitSeries(rows: number, { validation, test, gap = 0 }: Shares): SeriesParts {
  const used = Math.max(0, rows - 2 * gap);
  const testRows = Math.min(used, Math.round(used * test));
  const validationRows = Math.min(used - testRows, Math.round(used * validation));
  const trainingEnd = used - testRows - validationRows;
  const validationEnd = Math.min(rows, trainingEnd + gap + validationRows);
  return { trainingEnd, validationEnd, rows, ...(gap > 0 && { gap }) };
}
