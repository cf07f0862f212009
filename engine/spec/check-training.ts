/** What a schema cannot say of the `training` part of a specification. */
import type { SpecificationError } from './check-model.ts';
import type { TrainingOptions } from './training.ts';

/** @returns one entry for each impossible combination; none when it can be trained so */
export function checkTraining({ optimizer }: TrainingOptions): readonly SpecificationError[] {
  return optimizer.type === 'sgd' && optimizer.nesterov && optimizer.momentum === 0
    ? [
        {
          pointer: '/training/optimizer/nesterov',
          message: "expected a momentum above 0 with Nesterov's momentum, got 0",
        },
      ]
    : [];
}
