/** Texts as ids with their labels, copied into the buffers of the training loop. */
import type { WindowSource } from '../../engine/training/window-source.ts';

export function labelledTexts(o: {
  /** Ids of every row of the table. */
  readonly texts: readonly Uint32Array[];
  /** Number of the label of every row. */
  readonly classes: Uint32Array;
  /** The rows of this part. */
  readonly rows: Uint32Array;
  /** Of each label; null: all count the same. */
  readonly weights: readonly number[] | null;
}): WindowSource {
  const { texts, classes, rows, weights } = o;
  const lengths = Uint32Array.from(rows, (row) => texts[row]!.length);
  return {
    count: rows.length,
    steps: lengths.reduce((most, length) => Math.max(most, length), 0),
    lengths,
    inputSize: 1,
    targetSteps: 1,
    outputSize: 1,
    ...(weights && { weightsPerOutput: 1 }),
    read(windows, x, y, weightOf) {
      const N = windows.length;
      x.fill(0);
      windows.forEach((window, n) => {
        const row = rows[window]!;
        const ids = texts[row]!;
        for (let t = 0; t < ids.length; t++) x[t * N + n] = ids[t]!;
        y[n] = classes[row]!;
        if (weights && weightOf) weightOf[n] = weights[classes[row]!]!;
      });
    },
  };
}
