import { expect, test } from 'vitest';
import { checkTraining } from './check-training.ts';
import type { TrainingOptions } from './training.ts';

const training = (momentum: number, accumulate = 1): TrainingOptions => ({
  epochs: 1,
  batch_size: 32,
  stateful: false,
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
  expect(checkTraining('sequence_to_vector', training(0)).map(({ pointer }) => pointer)).toEqual([
    '/training/optimizer/nesterov',
  ]);
  expect(checkTraining('sequence_to_vector', training(0.9))).toEqual([]);
});

test('a batch is cut into equal parts', () => {
  expect(checkTraining('sequence_to_vector', training(0.9, 5)).map(({ pointer }) => pointer)).toEqual([
    '/training/accumulate',
  ]);
  expect(checkTraining('sequence_to_vector', training(0.9, 8))).toEqual([]);
});

test('scheduled sampling belongs to networks that write', () => {
  const sampled = { ...training(0.9), scheduled_sampling: { type: 'constant', probability: 0.2 } } as const;
  const errors = checkTraining('sequence_to_sequence', sampled);
  expect(errors.map(({ pointer }) => pointer)).toEqual(['/training/scheduled_sampling']);
  expect(errors[0]!.message).toContain('got sequence_to_sequence');
  expect(checkTraining('encoder_decoder', sampled)).toEqual([]);
  expect(checkTraining('encoder_decoder', sampled, { feed_output: false })).toMatchObject([
    { pointer: '/training/scheduled_sampling' },
  ]);
});
