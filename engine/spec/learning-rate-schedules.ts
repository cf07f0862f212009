/** How the learning rate changes while training; `learning_rate` of the optimiser is the highest it reaches. */
import { Type, type Static } from 'typebox';

const Constant = Type.Object(
  { type: Type.Literal('constant', { default: 'constant' }) },
  { additionalProperties: false },
);

const Step = Type.Object(
  {
    type: Type.Literal('step'),
    every_epochs: Type.Integer({ minimum: 1, maximum: 100_000, default: 10 }),
    factor: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.5 }),
  },
  { additionalProperties: false, description: 'Multiplied by `factor` after every so many epochs.' },
);

const Cosine = Type.Object(
  {
    type: Type.Literal('cosine'),
    final_factor: Type.Number({ minimum: 0, maximum: 1, default: 0 }),
  },
  {
    additionalProperties: false,
    description: 'Half a cosine from the learning rate to `final_factor` of it (Loshchilov & Hutter 2017).',
  },
);

const OneCycle = Type.Object(
  {
    type: Type.Literal('one_cycle'),
    rising_share: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.3 }),
    initial_factor: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 0.04 }),
    final_factor: Type.Number({ minimum: 0, maximum: 1, default: 4e-6 }),
  },
  {
    additionalProperties: false,
    description:
      'From `initial_factor` of the learning rate up to it and down again, by cosines (Smith & Topin 2018).',
  },
);

const ReduceOnPlateau = Type.Object(
  {
    type: Type.Literal('reduce_on_plateau'),
    factor: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.5 }),
    patience: Type.Integer({ minimum: 0, maximum: 100_000, default: 5 }),
  },
  {
    additionalProperties: false,
    description:
      'Multiplied by `factor` when the validation loss has not fallen for more than `patience` epochs.',
  },
);

export const LearningRateSchedule = Type.Union([Constant, Step, Cosine, OneCycle, ReduceOnPlateau], {
  default: { type: 'constant' },
});
export type LearningRateSchedule = Static<typeof LearningRateSchedule>;
