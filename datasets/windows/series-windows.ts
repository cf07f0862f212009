/**
 * Windows of a series one right after the other from its first row on, so that a network's states may go on from each to the next, and where in them the forecasts of
 * a part are made. The last window of a series may reach beyond its end.
 */
export interface SeriesWindows {
  /** The row at which each window starts, rows that only lags reach included; series after series. */
  readonly starts: Uint32Array;
  /** Windows that begin a series, in rising order. */
  readonly seriesStarts: readonly number[];
  /** Of each forecast, in the order of the part's windows: window · steps + the step after which it is made. */
  readonly places: Uint32Array;
}

/**
 * @param origins - the row at which each window of the part starts, series after series, as `windowStarts` has them: each forecasts what comes after its last step
 * @param o - series: the first row of each, and the row after its last, in their order; steps: of a window; lead:
 *   windows that are read before the first in which a forecast is made, where a series has so many
 */
export function seriesWindows(
  origins: Uint32Array,
  o: {
    readonly series: readonly { readonly start: number; readonly end: number }[];
    readonly steps: number;
    readonly lead: number;
  },
): SeriesWindows {
  const { series, steps, lead } = o;
  const starts: number[] = [];
  const seriesStarts: number[] = [];
  const places = new Uint32Array(origins.length);
  let at = 0;
  for (const { start, end } of series) {
    /** The step of the series after which a window of the part makes its forecast. A window begins as many rows into its series as it has steps before its own. */
    const stepOf = (index: number): number => origins[index]! - start + steps - 1;
    const isOwn = (index: number): boolean => index < origins.length && origins[index]! < end;
    if (!isOwn(at)) continue;
    const first = Math.max(0, Math.floor(stepOf(at) / steps) - lead);
    const before = starts.length;
    seriesStarts.push(before);
    for (; isOwn(at); at++) {
      const window = Math.floor(stepOf(at) / steps);
      while (starts.length - before <= window - first)
        starts.push(start + (first + starts.length - before) * steps);
      places[at] = (before + window - first) * steps + (stepOf(at) % steps);
    }
  }
  return { starts: Uint32Array.from(starts), seriesStarts, places };
}

/** Windows that begin a series, in rising order: those that don't begin where the one before them ends. */
export function startsOfSeries(starts: Uint32Array, steps: number): readonly number[] {
  const found: number[] = [];
  starts.forEach((start, index) => {
    if (index === 0 || start !== starts[index - 1]! + steps) found.push(index);
  });
  return found;
}
