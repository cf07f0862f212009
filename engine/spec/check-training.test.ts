import { expect, test } from 'vitest';
import { checkTraining } from './check-training.ts';
import type { TrainingOptions } from './training.ts';

const training = (momentum: number): TrainingOptions => ({
  epochs: 1,
  batch_size: 1,
  optimizer: { type: 'sgd', learning_rate: 0.1, momentum, nesterov: true, weight_decay: 0 },
  learning_rate_schedule: { type: 'constant' },
  warmup_steps: 0,
  clip_norm: null,
  clip_value: null,
  early_stopping: null,
  seed: 0,
});

test('Nesterov’s momentum is refused where there is none', () => {
  expect(checkTraining(training(0)).map(({ pointer }) => pointer)).toEqual(['/training/optimizer/nesterov']);
  expect(checkTraining(training(0.9))).toEqual([]);
});
