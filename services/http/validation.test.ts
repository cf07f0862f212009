import { describe, expect, test } from 'vitest';
import { Type } from 'typebox';
import { Input } from '../../engine/spec/inputs.ts';
import { TrainingOptions } from '../../engine/spec/training.ts';
import { InitializeFrom } from '../../domain/training-jobs/initialize-from.ts';
import { RequestValidationError, validatorCompiler } from './validation.ts';

const validate = validatorCompiler({ schema: TrainingOptions, method: 'POST', url: '/', httpPart: 'body' });

function errorsOf(body: unknown) {
  const { error } = validate(structuredClone(body)) as { error?: unknown };
  return error instanceof RequestValidationError ? error.errors : [];
}

describe('a union of objects that are told apart by their type', () => {
  test.each([
    [{}],
    [{ optimizer: {} }],
    [{ optimizer: { learning_rate: 0.1 } }],
    [{ optimizer: { type: 'sgd', momentum: 0.9 } }],
    [{ learning_rate_schedule: { type: 'cosine' } }],
    [{ early_stopping: null }],
  ])('%j passes', (body) => {
    expect(errorsOf(body)).toEqual([]);
  });

  test.each([
    [{ optimizer: { type: 'sgd', learning_rate: -1 } }, '/optimizer/learning_rate', 'got -1'],
    [{ optimizer: { learning_rate: -1 } }, '/optimizer/learning_rate', 'got -1'],
    [{ optimizer: { type: 'adam', momentum: 0.9 } }, '/optimizer/momentum', 'unknown field "momentum"'],
    [
      { optimizer: { type: 'lion' } },
      '/optimizer/type',
      'expected one of "adam", "adamw", "sgd", "rmsprop", got "lion"',
    ],
    [{ optimizer: 'adam' }, '/optimizer', 'expected an object, got "adam"'],
    [{ learning_rate_schedule: { type: 'step', factor: 2 } }, '/learning_rate_schedule/factor', 'got 2'],
    [{ early_stopping: { patience: 0 } }, '/early_stopping/patience', 'got 0'],
    // Numbers that float32 can't hold, as 1e400 is read too.
    [{ optimizer: { epsilon: 1e-50 } }, '/optimizer/epsilon', 'a number from 1e-30 to 1, got 1e-50'],
    [{ clip_norm: 1e39 }, '/clip_norm', 'a number from 1e-30 to 1e+30'],
    [{ clip_value: 1e-50 }, '/clip_value', 'a number from 1e-30 to 1e+30'],
    [{ early_stopping: { min_delta: Infinity } }, '/early_stopping/min_delta', 'a number from 0 to 1e+30'],
  ])('%j is refused at %s', (body, pointer, message) => {
    const errors = errorsOf(body);
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
    expect(errors[0]!.message).toContain(message);
  });
});

test.each([
  [{ model: 'a', job: 'b' }, '{ model, job }'],
  [{ jobs: 'b' }, '{ jobs }'],
  [{}, '{}'],
  [{ 'a b\n': 1 }, '{ "a b\\n" }'],
  ['a', '"a"'],
])('of %j it is said which fields go together', (value, got) => {
  const check = validatorCompiler({ schema: InitializeFrom, method: 'POST', url: '/', httpPart: 'body' });
  const { error } = check(value) as { error: RequestValidationError };
  expect(error.errors).toEqual([
    { pointer: '', message: `expected { model } or { job, checkpoint? }, got ${got}` },
  ]);
});

test.each([
  [{}, '{}'],
  [{ foo: 1 }, '{ foo }'],
  [[], 'a list of 0'],
  [3, '3'],
])('of objects beside constants: %j is none of them', (lossSteps, got) => {
  expect(errorsOf({ loss_steps: lossSteps })).toEqual([
    {
      pointer: '/loss_steps',
      message: `expected "all" or "last" or { last } or { from }, got ${got}`,
    },
  ]);
});

describe('a union of objects that are told apart by some of their fields', () => {
  const schema = Type.Object({ inputs: Type.Array(Input) });
  const check = validatorCompiler({ schema, method: 'POST', url: '/', httpPart: 'body' });
  const refused = (input: unknown) =>
    (check({ inputs: [input] }) as { error?: RequestValidationError }).error?.errors ?? [];

  test('has the defaults of the branch that is meant', () => {
    expect(check({ inputs: [{ column: 'a', encoding: 'one_hot' }, { column: 'b' }] })).toEqual({
      value: {
        inputs: [
          { column: 'a', encoding: 'one_hot', max_categories: 100, minimum_count: 2 },
          { column: 'b' },
        ],
      },
    });
  });

  test.each([
    [{}, '/inputs/0/column', 'expected text that is not empty, got nothing'],
    [{ column: 'a', max_length: 3 }, '/inputs/0/max_length', 'unknown field "max_length"; expected column'],
    [
      { column: 'a', encoding: 'words', max_length: 0 },
      '/inputs/0/max_length',
      'an integer from 1 to 100000, got 0',
    ],
    [{ encoding: 'embedding' }, '/inputs/0/column', 'got nothing'],
    [
      { column: 'a', encoding: 'word' },
      '/inputs/0/encoding',
      'expected one of "one_hot", "embedding", "characters", "words", "subwords", "sequence", "vector", got "word"',
    ],
    [
      { audio: 'log_mels', column: 'a' },
      '/inputs/0/audio',
      'expected one of "log_mel", "mfcc", "framed", "raw", got "log_mels"',
    ],
    [{ image: 'rgb', column: 'a', size: [28] }, '/inputs/0/size', 'expected a list of 2, got a list of 1'],
    [{ audio: 'raw', column: 'a', mels: 40 }, '/inputs/0/mels', 'unknown field "mels"'],
    [{ column: 'a', encoding: 'one_hot', embedding_size: 3 }, '/inputs/0/embedding_size', 'unknown field'],
    ['a', '/inputs/0', 'got "a"'],
  ])('%j is refused at %s', (input, pointer, message) => {
    const errors = refused(input);
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
    expect(errors[0]!.message).toContain(message);
  });
});
