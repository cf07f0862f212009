/** Specifications for the tests of this room: what a test cares about, the rest by the defaults. */
import { resolveSpecification } from '../../../domain/training-jobs/resolve-specification.ts';
import type { TransductionSpecification } from '../../../engine/spec/tasks.ts';

export function transductionSpecification(
  o: {
    architecture?: TransductionSpecification['architecture'];
    inputs?: readonly object[];
    target?: object;
    split?: object;
    seed?: number;
  } = {},
): TransductionSpecification {
  const asked = {
    architecture: o.architecture ?? 'encoder_decoder',
    data: {
      inputs: o.inputs ?? [{ column: 'word', encoding: 'characters', max_length: 12, minimum_count: 1 }],
      targets: [{ column: 'sounds', encoding: 'words', max_length: 6, ...o.target }],
      ...(o.split && { split: o.split }),
    },
    model: { cell: 'gru' },
    output: { type: 'tokens' },
    training: { seed: o.seed ?? 0 },
  };
  return resolveSpecification(asked) as TransductionSpecification;
}
