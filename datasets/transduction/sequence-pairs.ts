/** Rows as examples of what is read and what is to be written, copied into the buffers of the training loop. */
import type { SequenceSource } from '../../engine/training/sequence-source.ts';
import { targetIds } from '../features/target-vocabulary.ts';

interface Rows {
  /** Of every row of the table: ids, or scaled numbers, which are all of one length. */
  readonly sources: readonly (Uint32Array | Float32Array)[];
  readonly kind: 'text' | 'numbers';
  /** Ids of every row of the table, without start and end. */
  readonly targets: readonly Uint32Array[];
  /** The rows of this part. */
  readonly rows: Uint32Array;
}

export function sequencePairs({ sources, kind, targets, rows }: Rows): SequenceSource {
  const writtenLengths = Uint32Array.from(rows, (row) => targets[row]!.length + 1);
  const lengths = kind === 'text' ? Uint32Array.from(rows, (row) => sources[row]!.length) : null;
  const most = (numbers: Uint32Array): number => numbers.reduce((a, b) => Math.max(a, b), 1);
  return {
    count: rows.length,
    steps: lengths ? most(lengths) : 1,
    ...(lengths && { lengths }),
    writtenSteps: most(writtenLengths),
    writtenLengths,
    read(examples, { x, y }) {
      const N = examples.length;
      examples.forEach((example, n) => {
        const row = rows[example]!;
        const source = sources[row]!;
        if (kind === 'text') for (let t = 0; t < source.length; t++) x[t * N + n] = source[t]!;
        else x.set(source, n * source.length);
        const target = targets[row]!;
        for (let s = 0; s < target.length; s++) y[s * N + n] = target[s]!;
        y[target.length * N + n] = targetIds.end;
      });
    },
  };
}
