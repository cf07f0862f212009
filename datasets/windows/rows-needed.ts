/** How long a series has to be for every part of it to hold a window. */
import { splitSeries, type Shares } from './split.ts';
import { partNames, windowsOf, type WindowSize } from './windows.ts';

/** From so many rows on, training, validation and test each get a window. The shares must leave something for training. */
export function rowsNeeded(window: WindowSize, split: Shares): number {
  const { length, horizon } = window;
  const training = 1 - split.validation - split.test;
  const fits = (rows: number): boolean => {
    const parts = splitSeries(rows, split);
    return partNames.every((part) => windowsOf(part, parts, window).count > 0);
  };
  // Rounding takes less than a row from validation and test, and less than two from training: with so many rows all is well.
  let rows =
    2 * (split.gap ?? 0) +
    Math.ceil(
      Math.max(
        (horizon + 1) / split.validation,
        (horizon + 1) / split.test,
        (length + horizon + 2) / training,
      ),
    );
  while (rows > 1 && fits(rows - 1)) rows -= 1;
  return rows;
}
