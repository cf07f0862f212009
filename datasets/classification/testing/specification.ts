/** Specifications for the tests of this room: what a test cares about, the rest by the defaults. */
import { Value } from 'typebox/value';
import type { TextInput } from '../../../engine/spec/inputs.ts';
import type { ClassificationSpecification } from '../../../engine/spec/tasks.ts';
import { TrainingSpecification } from '../../../engine/spec/training-specification.ts';

export function classificationSpecification(
  o: {
    input?: Partial<TextInput>;
    target?: string;
    split?: object;
    output?: object;
    seed?: number;
    training?: object;
  } = {},
): ClassificationSpecification {
  const asked = {
    architecture: 'sequence_to_vector',
    data: {
      inputs: [{ column: 'text', encoding: 'words', ...o.input }],
      targets: [{ column: o.target ?? 'label' }],
      ...(o.split && { split: o.split }),
    },
    model: { cell: 'gru' },
    output: { type: 'classification', ...o.output },
    training: { seed: o.seed ?? 0, ...o.training },
  };
  return Value.Parse(
    TrainingSpecification,
    Value.Default(TrainingSpecification, asked),
  ) as ClassificationSpecification;
}
