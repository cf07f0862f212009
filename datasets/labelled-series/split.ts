/** Which series are in which part: whole ones, by label, by a column that they share, as given, or at random. */
import type { LabelledSeriesSpecification } from '../../engine/spec/tasks.ts';
import { splitRows } from '../rows/prepare-inputs.ts';
import type { PartRows } from '../rows/split.ts';
import type { Cell } from '../tables/cells.ts';

/** @returns numbers of series, in their order */
export function splitSeriesOf(
  { architecture, data, training }: LabelledSeriesSpecification,
  o: {
    readonly count: number;
    /** Of each series. */
    readonly labels: readonly Cell[];
    readonly splitValues: readonly Cell[] | null;
  },
): PartRows {
  const series = {
    count: o.count,
    cells: () => {
      if (o.splitValues === null) throw new Error('internal: no values to split series by');
      return o.splitValues;
    },
  };
  if (architecture === 'sequence_to_sequence') return splitRows(series, data.split, training.seed);
  const numbers = new Map([...new Set(o.labels)].map((label, index) => [label, index]));
  return splitRows(series, data.split, training.seed, {
    labels: Uint32Array.from(o.labels, (label) => numbers.get(label)!),
    classes: numbers.size,
  });
}
