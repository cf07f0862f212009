/** Examples of labelled series, copied into the buffers of the training loop. */
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import { noLabel } from '../classification/labels.ts';
import { scaledNumber } from '../features/scaler.ts';
import type { SeriesInputs } from '../features/series-steps.ts';
import type { RowStore } from '../windows/row-store.ts';
import type { Example } from './examples.ts';

export interface LabelledRows {
  readonly inputs: SeriesInputs;
  /** Of each row numbers in their own units, then ids. */
  readonly store: Pick<RowStore, 'read'>;
  /** The number of each row's label, or `noLabel`. */
  readonly labels: Int32Array;
  /** How much each row counts; null: all the same. */
  readonly weights: Float32Array | null;
  /** Steps of the longest example of any part. */
  readonly steps: number;
  readonly everyRow: boolean;
}

/** The rows of an example whose labels are learnt and judged: all that have one, or one for all. */
export function judgedRows(
  { start, length }: Example,
  { everyRow, labels }: LabelledRows,
): readonly number[] {
  if (!everyRow) return [start];
  return Array.from({ length }, (_, step) => start + step).filter((row) => labels[row] !== noLabel);
}

/** @param o - weights: how much each label counts; balance: whether epochs are to have as many examples of one label as of another */
export function seriesSource(
  { inputs, store, labels, weights: ofRow, steps, everyRow }: LabelledRows,
  o: {
    readonly examples: readonly Example[];
    readonly weights: readonly number[] | null;
    readonly balance: boolean;
  },
): WindowSource {
  const { examples, weights: ofLabel } = o;
  const { inputSize: I } = rowSizes(inputs);
  const { scaling, categories } = inputs.sequence;
  const numbers = scaling.mean.length;
  const width = numbers + categories.length;
  const encoded = new Float64Array(steps * width);
  const writeStep = (step: number, x: Float32Array, at: number): void => {
    const from = step * width;
    let to = at;
    for (let i = 0; i < numbers; i++) x[to++] = scaledNumber(scaling, i, encoded[from + i]!);
    categories.forEach((category, index) => {
      if (category.kind !== 'one_hot') return;
      x[to + encoded[from + numbers + index]!] = 1;
      to += category.categories;
    });
    categories.forEach(({ kind }, index) => {
      if (kind === 'embedding') x[to++] = encoded[from + numbers + index]!;
    });
  };
  return {
    count: examples.length,
    steps,
    lengths: Uint32Array.from(examples, ({ length }) => length),
    inputSize: I,
    targetSteps: everyRow ? steps : 1,
    outputSize: 1,
    ...((everyRow || ofLabel) && { weightsPerOutput: 1 }),
    ...(o.balance && { balance: Int32Array.from(examples, ({ start }) => labels[start]!) }),
    read(windows, x, y, weights) {
      const N = windows.length;
      x.fill(0);
      y.fill(0);
      weights?.fill(0);
      windows.forEach((window, n) => {
        const { start, length } = examples[window]!;
        store.read(start, start + length, encoded);
        for (let t = 0; t < length; t++) writeStep(t, x, (t * N + n) * I);
        for (let t = 0; t < (everyRow ? length : 1); t++) {
          const label = labels[start + t]!;
          // not learnt from
          if (label === noLabel) continue;
          y[t * N + n] = label;
          if (weights && weights.length > 0)
            weights[t * N + n] = (ofLabel ? ofLabel[label]! : 1) * (ofRow ? ofRow[start + t]! : 1);
        }
      });
    },
  };
}
