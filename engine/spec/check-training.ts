/** What a schema cannot say of the `training` part of a specification. */
import { isWriter, type Architecture } from './architectures.ts';
import type { SpecificationError } from './check-model.ts';
import type { DecoderSpecification } from './decoder.ts';
import type { TrainingOptions } from './training.ts';

/** @returns one entry for each impossible combination; none when it can be trained so */
export function checkTraining(
  architecture: Architecture,
  { optimizer, accumulate, batch_size: batchSize, scheduled_sampling: sampling }: TrainingOptions,
  decoder?: Pick<DecoderSpecification, 'feed_output'>,
): readonly SpecificationError[] {
  const uneven = batchSize % accumulate !== 0;
  const errors: SpecificationError[] = uneven
    ? [
        {
          pointer: '/training/accumulate',
          message: `expected a number that divides batch_size ${batchSize}, got ${accumulate}`,
        },
      ]
    : [];
  const pointless = optimizer.type === 'sgd' && optimizer.nesterov && optimizer.momentum === 0;
  if (pointless) {
    errors.push({
      pointer: '/training/optimizer/nesterov',
      message: "expected a momentum above 0 with Nesterov's momentum, got 0",
    });
  }
  if (sampling !== undefined && !isWriter(architecture)) {
    errors.push({
      pointer: '/training/scheduled_sampling',
      message: `expected scheduled sampling with a network that writes sequences (encoder_decoder or vector_to_sequence), got ${architecture}`,
    });
  }
  if (sampling !== undefined && decoder?.feed_output === false) {
    errors.push({
      pointer: '/training/scheduled_sampling',
      message:
        'expected no scheduled sampling where /model/decoder/feed_output is false: what was written goes nowhere, got some',
    });
  }
  return errors;
}
