/** Rows with the texts that are to be written for them, as ids. */
import type { SequenceSource } from '../../engine/training/sequence-source.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import { targetIds } from '../features/target-vocabulary.ts';
import type { KeptNumbers } from '../rows/kept-numbers.ts';
import { sequenceRows } from '../rows/sequence-rows.ts';

/**
 * @param read - the rows of this part, without targets
 * @param own - their numbers in the table
 * @param targets - of each row of the table its ids, without start and end
 */
export function sequencePairs(read: WindowSource, own: Uint32Array, targets: KeptNumbers): SequenceSource {
  const writtenLengths = Uint32Array.from(own, (row) => targets.lengthOf(row) + 1);
  return sequenceRows(read, {
    writtenSteps: writtenLengths.reduce((most, length) => Math.max(most, length), 1),
    writtenLengths,
    write(example, y, n, N) {
      const { ids: target } = targets.read(own[example]!);
      for (let s = 0; s < target.length; s++) y[s * N + n] = target[s]!;
      y[target.length * N + n] = targetIds.end;
    },
  });
}
