/** Which rows of a series are an example: all of them, or windows. */
import type { Window } from '../../engine/spec/data.ts';

/** Rows [start, start + length) of the table, series after series. */
export interface Example {
  readonly start: number;
  readonly length: number;
}

/**
 * Of a whole series: itself. In windows of `length`: for training one every `stride` rows; otherwise one behind the other, so that every row is judged once. A series that
 * is shorter is one example. Where each row has a label none is left out; where the series has one, a rest that is shorter than a window is.
 */
export function examplesOf(
  { start, rows }: { readonly start: number; readonly rows: number },
  o: {
    readonly window: Pick<Window, 'length' | 'stride'> | undefined;
    readonly isTraining: boolean;
    readonly everyRow: boolean;
  },
): readonly Example[] {
  const { window, isTraining, everyRow } = o;
  if (window === undefined || rows <= window.length) return [{ start, length: rows }];
  const { length } = window;
  const step = isTraining ? (window.stride ?? 1) : length;
  const examples: Example[] = [];
  let first = 0;
  for (; first + length <= rows; first += step) examples.push({ start: start + first, length });
  const end = first - step + length;
  if (everyRow && end < rows)
    examples.push(
      // the last rows are learnt from with what comes before them, and judged as they will be predicted
      isTraining ? { start: start + rows - length, length } : { start: start + end, length: rows - end },
    );
  return examples;
}
