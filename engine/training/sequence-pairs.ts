/** Pairs of what is read and the symbols that are to be written, in memory. */
import type { Value } from '../runtime/session.ts';
import type { TokenWriting } from '../spec/decoder-shape.ts';
import type { SequenceSource } from './sequence-source.ts';

export interface SequencePair {
  /** Ids of what is read; a vector of numbers where a vector is read. */
  readonly source: readonly number[];
  /** Ids of what is to be written, without start and end. */
  readonly target: readonly number[];
}

/**
 * @param reads - ids, one a step, or a vector
 * @returns examples whose targets end with the end
 */
export function sequencePairs(
  { end }: TokenWriting,
  reads: 'ids' | 'vector',
  pairs: readonly SequencePair[],
): SequenceSource {
  const lengths = pairs.map(({ source }) => Math.max(1, source.length));
  const writtenLengths = pairs.map(({ target }) => target.length + 1);
  return {
    count: pairs.length,
    steps: reads === 'ids' ? Math.max(...lengths) : 1,
    ...(reads === 'ids' && { lengths }),
    writtenSteps: Math.max(...writtenLengths),
    writtenLengths,
    read(examples, { x, y }) {
      const N = examples.length;
      examples.forEach((example, n) => {
        const { source, target } = pairs[example]!;
        if (reads === 'ids') source.forEach((id, step) => (x[step * N + n] = id));
        else x.set(source, n * source.length);
        [...target, end].forEach((id, step) => (y[step * N + n] = id));
      });
    },
  };
}

/** What is read, rows first: `x` [N,T,1] ids (0 behind the end) and `mask` [N,T]. */
export function readSequences(sources: readonly (readonly number[])[]): { x: Value; mask: Value } {
  const T = Math.max(1, ...sources.map(({ length }) => length));
  const N = sources.length;
  const [x, mask] = [new Float32Array(N * T), new Float32Array(N * T)];
  sources.forEach((source, row) => {
    x.set(source, row * T);
    mask.fill(1, row * T, row * T + source.length);
  });
  return { x: { data: x, dims: [N, T, 1] }, mask: { data: mask, dims: [N, T] } };
}
