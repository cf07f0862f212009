/** Scheduled sampling: how often a decoder in training goes on from what it wrote itself. */
import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false };
const Probability = (options: object) => Type.Number({ minimum: 0, maximum: 1, ...options });

export const ScheduledSampling = Type.Union(
  [
    Type.Object(
      {
        type: Type.Literal('constant'),
        probability: Probability({ description: 'In every epoch.' }),
      },
      closed,
    ),
    Type.Object(
      {
        type: Type.Literal('linear'),
        from: Probability({ default: 0, description: 'In the first epoch.' }),
        to: Probability({ description: 'In the last epoch.' }),
      },
      closed,
    ),
  ],
  {
    description:
      'Probability that a step goes on from what the network wrote itself instead of what it should have written (Bengio et al. 2015); it is always told (teacher forcing) if absent.',
  },
);
export type ScheduledSampling = Static<typeof ScheduledSampling>;

/** @param epoch - counted from 1 */
export function samplingProbability(schedule: ScheduledSampling, epoch: number, epochs: number): number {
  if (schedule.type === 'constant') return schedule.probability;
  const share = epochs === 1 ? 1 : (epoch - 1) / (epochs - 1);
  return schedule.from + (schedule.to - schedule.from) * share;
}
