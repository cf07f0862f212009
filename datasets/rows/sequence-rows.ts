/** Rows as examples of what is read and what is to be written, copied into the buffers of the training loop. */
import type { SequenceSource } from '../../engine/training/sequence-source.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';

/** What is to be written for the rows of a part. */
interface Written extends Pick<SequenceSource, 'writtenSteps' | 'writtenLengths'> {
  /** Writes that of an example to `y` [S,N,O], as the n-th of N. */
  readonly write: (example: number, y: Float32Array, n: number, N: number) => void;
}

/** @param read - the rows of a part, without targets */
export function sequenceRows(read: WindowSource, { write, ...written }: Written): SequenceSource {
  const nothing = new Float32Array(0);
  return {
    count: read.count,
    steps: read.steps,
    ...(read.lengths && { lengths: read.lengths }),
    ...written,
    read(examples, { x, y }) {
      read.read(examples, x, nothing);
      examples.forEach((example, n) => {
        write(example, y, n, examples.length);
      });
    },
  };
}
