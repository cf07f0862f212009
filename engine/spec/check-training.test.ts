import { expect, test } from 'vitest';
import { checkTraining } from './check-training.ts';
import type { TrainingOptions } from './training.ts';

const training = (momentum: number, accumulate = 1): TrainingOptions => ({
  epochs: 1,
  batch_size: 32,
  accumulate,
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

test('a batch is cut into equal parts', () => {
  expect(checkTraining(training(0.9, 5)).map(({ pointer }) => pointer)).toEqual(['/training/accumulate']);
  expect(checkTraining(training(0.9, 8))).toEqual([]);
});
