/** The `training` part of a specification: how the parameters are fitted. */
import { Type, type Static } from 'typebox';
import { LearningRateSchedule } from './learning-rate-schedules.ts';
import { LossSteps } from './loss-steps.ts';
import { OptimizerSpecification } from './optimizers.ts';
import { ScheduledSampling } from './scheduled-sampling.ts';

export const TrainingOptions = Type.Object(
  {
    epochs: Type.Integer({ minimum: 1, maximum: 100_000, default: 50 }),
    batch_size: Type.Integer({ minimum: 1, maximum: 65_536, default: 32 }),
    accumulate: Type.Integer({
      minimum: 1,
      maximum: 65_536,
      default: 1,
      description:
        'Parts into which each batch is cut: their gradients are averaged before the step, and only one part is in memory at a time.',
    }),
    optimizer: OptimizerSpecification,
    learning_rate_schedule: LearningRateSchedule,
    warmup_steps: Type.Integer({
      minimum: 0,
      maximum: 10_000_000,
      default: 0,
      description: 'Optimiser steps over which the learning rate rises to what the schedule says.',
    }),
    clip_norm: Type.Union([Type.Number({ minimum: 1e-30, maximum: 1e30 }), Type.Null()], {
      default: 1,
      description: 'Largest global norm of the gradient; null: no clipping.',
    }),
    clip_value: Type.Union([Type.Number({ minimum: 1e-30, maximum: 1e30 }), Type.Null()], {
      default: null,
      description:
        'Largest magnitude of any one element of the gradient, before clip_norm; null: no clipping.',
    }),
    tbptt_steps: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description:
          'Truncated backpropagation through time: windows are cut into chunks of so many steps, with a step of the optimiser after each. States go on from chunk to chunk, gradients don’t. Whole windows if absent.',
      }),
    ),
    stateful: Type.Boolean({
      default: false,
      description:
        'Of a language model, or a forecast by sequence_to_sequence with loss_steps all: each of the batch_size rows of a batch is one long stream of windows that follow each other, whose states go on from batch to batch, and begin anew with each series and each epoch. Forecasts are scored as such states make them, going through each series as a stream does. Otherwise windows come in random order, and each begins with states of 0.',
    }),
    sampling: Type.Optional(
      Type.Literal('balanced', {
        description:
          'Of a classification: every epoch has as many examples of one label as of any other, and as many in all as there are; those of rare labels come several times, those of frequent ones not in every epoch. Each example once if absent.',
      }),
    ),
    loss_steps: Type.Optional(LossSteps),
    scheduled_sampling: Type.Optional(ScheduledSampling),
    early_stopping: Type.Union(
      [
        Type.Object(
          {
            patience: Type.Integer({ minimum: 1, maximum: 100_000, default: 10 }),
            min_delta: Type.Number({ minimum: 0, maximum: 1e30, default: 0 }),
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

export type TrainingOptions = Static<typeof TrainingOptions>;
