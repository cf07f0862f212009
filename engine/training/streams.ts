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

/**
 * @param source - count: windows; seriesStarts: those that begin a series; every other begins where the one before it ends
 * @param rows - of a batch, at most
 */
export function streamsOf(
  { count, seriesStarts }: { readonly count: number; readonly seriesStarts: readonly number[] },
  rows: number,
): Streams {
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
