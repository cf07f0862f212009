/** What was asked for, with every default filled in: what is stored, shown and trained. */
import { Value } from 'typebox/value';
import type { Architecture } from '../../engine/spec/architectures.ts';
import type { LossSteps } from '../../engine/spec/training.ts';
import { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { UnrollError } from '../errors/unroll-error.ts';

const defaultLossSteps: Record<Architecture, LossSteps> = {
  sequence_to_sequence: 'all',
  sequence_to_vector: 'last',
};

/** Throws `validation_failed` with a pointer for each field that is wrong. */
export function resolveSpecification(asked: unknown): TrainingSpecification {
  const filled = Value.Default(TrainingSpecification, Value.Clone(asked));
  if (!Value.Check(TrainingSpecification, filled)) {
    const errors = Value.Errors(TrainingSpecification, filled).map(({ instancePath, message }) => ({
      pointer: instancePath,
      message,
    }));
    throw new UnrollError('validation_failed', 'The specification is not valid.', { errors });
  }
  const { architecture, training } = filled;
  if (architecture === 'sequence_to_vector' && training.loss_steps === 'all')
    throw new UnrollError('validation_failed', 'The specification contradicts itself.', {
      errors: [
        {
          pointer: '/training/loss_steps',
          message: 'expected last, got all: sequence_to_vector has only a last output',
        },
      ],
    });
  return {
    ...filled,
    training: { ...training, loss_steps: training.loss_steps ?? defaultLossSteps[architecture] },
  };
}
