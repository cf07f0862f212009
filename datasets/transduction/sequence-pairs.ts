/** Rows as examples of what is read and what is to be written, copied into the buffers of the training loop. */
import type { SequenceSource } from '../../engine/training/sequence-source.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import { targetIds } from '../features/target-vocabulary.ts';

/** @param read - the rows of this part, without targets; @param targets - of each its ids, without start and end */
export function sequencePairs(read: WindowSource, targets: readonly Uint32Array[]): SequenceSource {
  const writtenLengths = Uint32Array.from(targets, ({ length }) => length + 1);
  const nothing = new Float32Array(0);
  return {
    count: read.count,
    steps: read.steps,
    ...(read.lengths && { lengths: read.lengths }),
    writtenSteps: writtenLengths.reduce((most, length) => Math.max(most, length), 1),
    writtenLengths,
    read(examples, { x, y }) {
      const N = examples.length;
      read.read(examples, x, nothing);
      examples.forEach((example, n) => {
        const target = targets[example]!;
        for (let s = 0; s < target.length; s++) y[s * N + n] = target[s]!;
        y[target.length * N + n] = targetIds.end;
      });
    },
  };
}
