/**
 * Batches whose rows are streams: what a row reads in one batch follows on what it read in the batch before, so that its states may go on.
 * The windows of all series, one after the other, are cut into as many stretches as there are rows; the first stretches are one window longer where the
 * windows don't come out even, so that the last batch has fewer rows, and every window is read once.
 */
export interface Streams {
  /** How many batches there are. */
  readonly batches: number;
  /** The windows of a batch, one of each row, and 1 for the rows that go on from their states, 0 for those that begin a series or a stretch. */
  batch(index: number): { readonly windows: Uint32Array; readonly keep: Float32Array };
}

interface Followed {
  /** How many windows there are. */
  readonly count: number;
  /** Those that begin a series; every other begins where the one before it ends. */
  readonly seriesStarts: readonly number[];
}

/** @param rows - of a batch, at most */
export function streamsOf({ count, seriesStarts }: Followed, rows: number): Streams {
  const streams = Math.min(rows, count);
  const shortest = Math.floor(count / streams);
  const longer = count % streams;
  const firsts = new Set(seriesStarts);
  const startOf = (row: number) => row * shortest + Math.min(row, longer);
  return {
    batches: shortest + (longer > 0 ? 1 : 0),
    batch: (index) => {
      const windows = Uint32Array.from(
        { length: index < shortest ? streams : longer },
        (_, row) => startOf(row) + index,
      );
      return {
        windows,
        keep: Float32Array.from(windows, (window) => (index > 0 && !firsts.has(window) ? 1 : 0)),
      };
    },
  };
}

/**
 * The same with a series in each row, read from its start to its end: as many series at a time as a batch has rows, long ones first, so that a batch has the
 * first rows of the one before it. Nothing begins anew within a series.
 */
export function seriesStreams({ count, seriesStarts }: Followed, rows: number): Streams {
  const all = seriesStarts.map((start, index) => ({
    start,
    windows: (seriesStarts[index + 1] ?? count) - start,
  }));
  all.sort((a, b) => b.windows - a.windows || a.start - b.start);
  const groups: { readonly first: number; readonly series: typeof all }[] = [];
  let batches = 0;
  for (let at = 0; at < all.length; at += rows) {
    groups.push({ first: batches, series: all.slice(at, at + rows) });
    batches += all[at]!.windows;
  }
  return {
    batches,
    batch: (index) => {
      const { first, series } = groups.findLast((group) => group.first <= index)!;
      const step = index - first;
      const reading = series.filter(({ windows }) => windows > step);
      return {
        windows: Uint32Array.from(reading, ({ start }) => start + step),
        keep: new Float32Array(reading.length).fill(step > 0 ? 1 : 0),
      };
    },
  };
}
