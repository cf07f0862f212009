/** The curves' points: one at the end of each epoch. Losses are of the scaled targets. */
import { Type, type Static } from 'typebox';

/** A look inside the network, on one mini-batch: whether gradients vanish or explode on their way back through time. */
export const Diagnosis = Type.Object(
  {
    steps: Type.Array(Type.Integer({ minimum: 0 }), {
      description:
        'The steps of the window, counted from 0, that the norms belong to; at most 32, the last included.',
    }),
    decoder_steps: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0 }), {
        description: 'The same of the steps that a decoder writes; its layers have norms for these.',
      }),
    ),
    layers: Type.Array(
      Type.Object(
        {
          part: Type.Optional(
            Type.Union([Type.Literal('encoder'), Type.Literal('decoder')], {
              description: 'Of a network that has both, or a decoder alone.',
            }),
          ),
          layer: Type.Integer({ minimum: 0 }),
          direction: Type.Union([Type.Literal('forward'), Type.Literal('backward')]),
          state_gradient_norms: Type.Array(Type.Number(), {
            description:
              'Euclidean norm of the gradient of the loss with respect to the state after each of `steps`.',
          }),
          activation_mean: Type.Number(),
          activation_std: Type.Number(),
          saturated: Type.Number({ description: 'Share of the outputs beyond ±0.95.' }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type Diagnosis = Static<typeof Diagnosis>;

export const EpochMetrics = Type.Object(
  {
    epoch: Type.Integer({ minimum: 1 }),
    step: Type.Integer({ minimum: 0, description: 'Optimiser steps taken so far.' }),
    loss: Type.Number({ description: 'Mean training loss over the epoch.' }),
    validation_loss: Type.Number(),
    learning_rate: Type.Number({ description: 'Of the last step.' }),
    gradient_norm: Type.Number({ description: 'Mean global norm before clipping.' }),
    steps_per_second: Type.Number(),
    elapsed_seconds: Type.Number({ description: 'Since the start of training.' }),
    diagnosis: Type.Optional(Diagnosis),
  },
  { additionalProperties: false },
);
export type EpochMetrics = Static<typeof EpochMetrics>;
