/** Which outputs of a window the loss uses; gradients pass back through no others. */
import { Type, type Static } from 'typebox';
import { toldBy } from './told-by.ts';
import { isWriter, type Architecture } from './architectures.ts';

export const LossSteps = Type.Union(
  [
    Type.Literal('all'),
    Type.Literal('last'),
    Type.Object(
      {
        last: Type.Integer({
          minimum: 1,
          maximum: 100_000,
          description: 'How many outputs, at the end of the window.',
        }),
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        from: Type.Integer({
          minimum: 0,
          maximum: 100_000,
          description:
            'The first output that counts; the first of all is 0. Those before it only warm up the state.',
        }),
      },
      { additionalProperties: false },
    ),
  ],
  {
    ...toldBy('last', 'from'),
    description:
      'Which outputs the loss uses: those after every step, the last alone, the last so many, or those from a step on. sequence_to_sequence: all by default; sequence_to_vector has only a last; of a sequence that is written all count.',
  },
);
export type LossSteps = Static<typeof LossSteps>;

export const defaultLossSteps: Record<Architecture, LossSteps> = {
  sequence_to_sequence: 'all',
  sequence_to_vector: 'last',
  vector_to_sequence: 'all',
  encoder_decoder: 'all',
};

/** How many outputs of a window have a target: one where a sequence is written behind it, all of whose steps count. */
export const targetStepCount = (
  architecture: Architecture,
  lossSteps: LossSteps | undefined,
  length: number,
): number =>
  isWriter(architecture) ? 1 : lossStepCount(lossSteps ?? defaultLossSteps[architecture], length);

/** S: how many outputs of a window of `length` steps count, all of them at its end. */
export function lossStepCount(lossSteps: LossSteps, length: number): number {
  if (lossSteps === 'last') return 1;
  if (lossSteps === 'all') return length;
  return 'last' in lossSteps ? lossSteps.last : length - lossSteps.from;
}
