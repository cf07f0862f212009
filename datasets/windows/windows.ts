/**
 * Windows of a series, by number: which rows they read, never the rows themselves. A window at row s of its series reads rows
 * [s, s + length) and forecasts rows [s + length, s + length + horizon).
 *
 * Training windows lie wholly in the training rows and start `stride` rows apart. The forecast rows of a validation or test
 * window lie wholly in its part; what it reads may reach back into earlier rows, which are known by then. They start one row apart.
 */
import type { Window } from '../../engine/spec/data.ts';
import type { SeriesParts } from './split.ts';

export const partNames = ['training', 'validation', 'test'] as const;
export type PartName = (typeof partNames)[number];

/** Something of each part. */
export type ByPart<Value> = Readonly<Record<PartName, Value>>;
export const byPart = <Value>(of: (part: PartName) => Value): Record<PartName, Value> => ({
  training: of('training'),
  validation: of('validation'),
  test: of('test'),
});

/** `length`: rows that are read, those that only lags reach included; `stride`: 1 if absent. */
export type WindowSize = Pick<Window, 'length' | 'horizon' | 'stride'>;

/** Starts first, first + step, … : `count` of them. */
export interface WindowRange {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** The windows of one part of one series; starts are rows of the series. */
export function windowsOf(part: PartName, parts: SeriesParts, window: WindowSize): WindowRange {
  const { length, horizon } = window;
  const { trainingEnd, validationEnd, rows, gap = 0 } = parts;
  if (part === 'training') return range(0, trainingEnd - length - horizon, window.stride ?? 1);
  const [from, to] = part === 'validation' ? [trainingEnd + gap, validationEnd] : [validationEnd + gap, rows];
  return range(Math.max(0, from - length), to - length - horizon, 1);
}

function range(first: number, last: number, step: number): WindowRange {
  return { first, step, count: last < first ? 0 : Math.floor((last - first) / step) + 1 };
}

/** Which windows are left out although their rows are there; `end` is the row after the last that is read. */
export type LeftOut = (window: { readonly start: number; readonly end: number }) => boolean;

/** The rows of the table at which the windows of one part of all series start, series after series. */
export function windowStarts(
  part: PartName,
  series: readonly { readonly start: number; readonly parts: SeriesParts }[],
  window: WindowSize,
  leftOut: LeftOut = () => false,
): Uint32Array {
  const ranges = series.map(({ parts }) => windowsOf(part, parts, window));
  const starts = new Uint32Array(ranges.reduce((sum, { count }) => sum + count, 0));
  let at = 0;
  for (const [index, { first, step, count }] of ranges.entries()) {
    const base = series[index]!.start + first;
    for (let i = 0; i < count; i++) {
      const start = base + i * step;
      if (!leftOut({ start, end: start + window.length })) starts[at++] = start;
    }
  }
  return starts.slice(0, at);
}
