/** Windows as sequences: what is forecast is written step by step, and the first step goes on from 0, the middle of the scaled targets. */
import type { SequenceSource } from './sequence-source.ts';
import type { WindowSource } from './window-source.ts';

/**
 * @param source - windows of one length with one target, of `horizon` × columns numbers
 * @returns the same, whose targets are `horizon` steps
 */
export function windowSequences(source: WindowSource, horizon: number): SequenceSource {
  const { count, steps, outputSize, weightsPerOutput = 0 } = source;
  if (source.targetSteps !== 1 || source.lengths)
    throw new Error('internal: expected windows of one length with one target, got others');
  const O = outputSize / horizon;
  return {
    count,
    steps,
    writtenSteps: horizon,
    read(examples, { x, y, weights }) {
      const N = examples.length;
      const targets = new Float32Array(N * outputSize);
      const given = new Float32Array(N * weightsPerOutput);
      source.read(examples, x, targets, given);
      for (let n = 0; n < N; n++)
        for (let step = 0; step < horizon; step++) {
          const from = n * outputSize + step * O;
          y.set(targets.subarray(from, from + O), (step * N + n) * O);
          if (weightsPerOutput > 0)
            weights[step * N + n] = given[n * weightsPerOutput + (weightsPerOutput === 1 ? 0 : step)]!;
        }
    },
  };
}
