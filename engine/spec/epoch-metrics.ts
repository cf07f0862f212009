/** The curves' points: one at the end of each epoch. Losses are of the scaled targets. */
import { Type, type Static } from 'typebox';

export const EpochMetrics = Type.Object(
  {
    epoch: Type.Integer({ minimum: 1 }),
    step: Type.Integer({ minimum: 0, description: 'Optimiser steps taken so far.' }),
    loss: Type.Number({ description: 'Mean training loss over the epoch.' }),
    validation_loss: Type.Number(),
    learning_rate: Type.Number(),
    gradient_norm: Type.Number({ description: 'Mean global norm before clipping.' }),
    steps_per_second: Type.Number(),
    elapsed_seconds: Type.Number({ description: 'Since the start of training.' }),
  },
  { additionalProperties: false },
);
export type EpochMetrics = Static<typeof EpochMetrics>;
