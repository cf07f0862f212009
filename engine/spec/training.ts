/** The `training` part of a specification: how the parameters are fitted. */
import { Type, type Static } from 'typebox';

export const AdamSpecification = Type.Object(
  {
    type: Type.Literal('adam', { default: 'adam' }),
    learning_rate: Type.Number({ exclusiveMinimum: 0, maximum: 10, default: 0.001 }),
    beta1: Type.Number({ minimum: 0, exclusiveMaximum: 1, default: 0.9 }),
    beta2: Type.Number({ minimum: 0, exclusiveMaximum: 1, default: 0.999 }),
    epsilon: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 1e-8 }),
  },
  { additionalProperties: false, default: {}, description: 'Adam (Kingma & Ba 2015).' },
);

export const LossSteps = Type.Union([Type.Literal('all'), Type.Literal('last')], {
  description:
    'Which outputs the loss uses: those after every step, or the last alone. sequence_to_sequence: all by default; sequence_to_vector has only a last.',
});

export const TrainingOptions = Type.Object(
  {
    epochs: Type.Integer({ minimum: 1, maximum: 100_000, default: 50 }),
    batch_size: Type.Integer({ minimum: 1, maximum: 65_536, default: 32 }),
    optimizer: AdamSpecification,
    clip_norm: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()], {
      default: 1,
      description: 'Largest global norm of the gradient; null: no clipping.',
    }),
    loss_steps: Type.Optional(LossSteps),
    early_stopping: Type.Union(
      [
        Type.Object(
          {
            patience: Type.Integer({ minimum: 1, maximum: 100_000, default: 10 }),
            min_delta: Type.Number({ minimum: 0, default: 0 }),
          },
          { additionalProperties: false },
        ),
        Type.Null(),
      ],
      {
        default: { patience: 10, min_delta: 0 },
        description:
          'Stop when the validation loss has not fallen by more than min_delta for `patience` epochs; null: train all epochs. The best weights are kept in either case.',
      },
    ),
    seed: Type.Integer({ minimum: 0, maximum: 4_294_967_295, default: 0 }),
    max_seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_592_000,
        description: 'Stop training after this time and keep the best weights.',
      }),
    ),
  },
  { additionalProperties: false, default: {} },
);

export type AdamSpecification = Static<typeof AdamSpecification>;
export type LossSteps = Static<typeof LossSteps>;
export type TrainingOptions = Static<typeof TrainingOptions>;
