import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { checkTask } from './check-task.ts';
import { TrainingSpecification } from './training-specification.ts';

const column = { column: 'a' };
const text = { ...column, encoding: 'words' };
const classes = { type: 'classification' };

function errorsOf(o: {
  architecture?: string;
  data?: object;
  output?: object;
  training?: object;
}): readonly { pointer: string; message: string }[] {
  const asked = {
    architecture: 'sequence_to_vector',
    model: { cell: 'gru' },
    ...o,
    data: { inputs: [column], targets: [column], ...o.data },
  };
  return checkTask(Value.Parse(TrainingSpecification, Value.Default(TrainingSpecification, asked)));
}

it('lets each task pass', () => {
  expect(errorsOf({ data: { window: { length: 3 } } })).toEqual([]);
  expect(errorsOf({ data: { inputs: [text, column] }, output: classes })).toEqual([]);
  expect(errorsOf({ data: { split: { by: 'who' } } })).toEqual([]);
  expect(errorsOf({ data: { scaling: 'robust', missing: 'mask' } })).toEqual([]);
  const series = { data: { group_by: 'g', order_by: 'o', split: { by: 'who' } }, output: classes };
  expect(errorsOf({ ...series, training: { sampling: 'balanced' } })).toEqual([]);
  expect(errorsOf({ ...series, architecture: 'sequence_to_sequence' })).toEqual([]);
  expect(errorsOf({ data: { targets: [column, column] }, output: { type: 'multilabel' } })).toEqual([]);
});

const followed = (o: { architecture?: string; data?: object; training?: object } = {}) => ({
  architecture: o.architecture ?? 'sequence_to_sequence',
  data: { window: { length: 3, stride: 3 }, ...o.data },
  training: { stateful: true, ...o.training },
});

it('lets states of forecasts go on from window to window', () => {
  expect(errorsOf(followed())).toEqual([]);
  expect(errorsOf(followed({ training: { loss_steps: 'all', tbptt_steps: 2 } }))).toEqual([]);
  const data = { group_by: 'g', scaling: { type: 'log', per: 'series' }, missing: 'mask', weight: 'w' };
  expect(errorsOf(followed({ data }))).toEqual([]);
});

it.each([
  [{ architecture: 'sequence_to_vector' }, '/training/stateful', /expected false with sequence_to_vector/],
  [{ architecture: 'encoder_decoder' }, '/training/stateful', /expected false with encoder_decoder/],
  [{ training: { loss_steps: { last: 2 } } }, '/training/loss_steps', /expected all with stateful.*"last":2/],
  [
    { data: { window: { length: 3, stride: 1 } } },
    '/data/window/stride',
    /expected the length of 3, or none, with stateful.*got 1/,
  ],
  [
    { data: { scaling: { type: 'standard', per: 'window' } } },
    '/data/scaling/per',
    /expected training or series with stateful.*got window/,
  ],
  [
    { data: { scaling: { type: 'log', per: 'last_value' } } },
    '/data/scaling/per',
    /expected training or series with stateful.*got last_value/,
  ],
  [{ data: { missing: 'drop' } }, '/data/missing', /expected error, forward_fill or mask.*got drop/],
  [
    { data: { missing: 'interpolate' } },
    '/data/missing',
    /expected error, forward_fill or mask.*got interpolate/,
  ],
  [
    { data: { inputs: [column, { column: 'b', known_ahead: true }] } },
    '/data/inputs/1/known_ahead',
    /expected no inputs that are known ahead with stateful/,
  ],
  [{ training: { accumulate: 2 } }, '/training/accumulate', /expected 1 with stateful.*got 2/],
  [{ training: { tbptt_steps: 4 } }, '/training/tbptt_steps', /at most the 3 steps of a window, got 4/],
])('of forecasts whose states go on refuses %j at %s alone', (changes, pointer, message) => {
  expect(errorsOf(followed(changes))).toEqual([
    { pointer, message: expect.stringMatching(message) as string },
  ]);
});

const written = { column: 'b', encoding: 'words' };
const tokens = { type: 'tokens' };
const vector = { column: 'v', encoding: 'vector' };
const language = { architecture: 'sequence_to_sequence', data: { inputs: [text] } };

it('lets texts be written for rows of any kind', () => {
  const data = { targets: [written] };
  for (const inputs of [[column, vector], [{ column: 'i', image: 'rgb', size: [2, 2], as: 'vector' }]])
    expect(
      errorsOf({ architecture: 'vector_to_sequence', data: { ...data, inputs }, output: tokens }),
    ).toEqual([]);
  for (const inputs of [
    [text, column],
    [{ column: 'i', image: 'rgb', size: [2, 2] }],
    [{ column: 's', audio: 'mfcc' }],
  ])
    expect(errorsOf({ architecture: 'encoder_decoder', data: { ...data, inputs }, output: tokens })).toEqual(
      [],
    );
  expect(errorsOf({ ...language, output: tokens })).toEqual([]);
});

it.each([
  [{ ...language, output: { ...tokens, beam: 4 } }, '/output/beam', /for a language model.*got 4/],
  [{ ...language, output: { ...tokens, length_penalty: 0 } }, '/output/length_penalty', /got 0/],
  [
    { architecture: 'vector_to_sequence', data: { inputs: [text], targets: [written] }, output: tokens },
    '/data/inputs/0',
    /values of the row as a whole.*got a column with encoding words/,
  ],
  [
    {
      architecture: 'encoder_decoder',
      data: { inputs: [vector, column], targets: [written] },
      output: tokens,
    },
    '/data/inputs',
    /expected one sequence.*got a column with encoding vector, a column of numbers/,
  ],
  [
    { architecture: 'vector_to_sequence', data: { targets: [written], split: { folds: 2 } }, output: tokens },
    '/data/split/folds',
    /no folds for a transduction/,
  ],
  [{ architecture: 'sequence_to_sequence' }, '/data/window', /got nothing/],
  [{ data: { order_by: 'a' } }, '/data/order_by', /for a regression without a window/],
  [{ output: { type: 'regression', loss: 'gaussian' } }, '/output/loss', /mse, mae or huber.*got gaussian/],
  [{ data: { split: { by: 'a', column: 'b' } } }, '/data/split', /got both/],
  [{ data: { window: { length: 3 }, split: { by: 'a' } } }, '/data/split/by', /group_by.*got none/],
  [
    { data: { window: { length: 3 }, group_by: 'a', split: { by: 'a', column: 'b' } } },
    '/data/split',
    /got both/,
  ],
  [
    { data: { window: { length: 3 }, group_by: 'a', split: { by: 'a', gap: 2 } } },
    '/data/split/gap',
    /no gap.*got 2/,
  ],
  [{ training: { sampling: 'balanced' } }, '/training/sampling', /output of type regression.*got balanced/],
  [
    {
      data: { inputs: [text] },
      output: { ...classes, class_weights: 'balanced' },
      training: { sampling: 'balanced' },
    },
    '/training/sampling',
    /or output.class_weights.*got both/,
  ],
  [{ data: { missing: 'forward_fill' } }, '/data/missing', /expected error, mean, mask or drop/],
  [
    { data: { scaling: 'minmax', inputs: [{ column: 'v', encoding: 'sequence' }] } },
    '/data/scaling',
    /expected standard or none for a column with encoding sequence, got minmax/,
  ],
  [
    { data: { scaling: { type: 'log' }, inputs: [{ column: 'p', image: 'grayscale', size: [2, 2] }] } },
    '/data/scaling/type',
    /expected standard or none.*got log/,
  ],
  [
    { data: { targets: [{ column: 'a', scaling: 'log' }] }, output: classes },
    '/data/targets/0/scaling',
    /no scaling of what is no number.*got log/,
  ],
  [
    {
      data: {
        window: { length: 3 },
        scaling: { type: 'standard', per: 'window' },
        inputs: [{ column: 'a', scaling: 'log' }],
      },
    },
    '/data/inputs/0/scaling',
    /no scaling of a column of its own with scaling per window/,
  ],
  [
    {
      data: {
        window: { length: 3 },
        inputs: [{ column: 'a' }],
        targets: [{ column: 'a' }],
        scaling: { type: 'minmax', per: 'last_value' },
      },
    },
    '/data/scaling/type',
    /expected standard or log for scaling per last_value, got minmax/,
  ],
  [
    { data: { window: { length: 3 }, missing: 'mean' } },
    '/data/missing',
    /forward_fill.*for a forecast, got mean/,
  ],
  [
    { data: { inputs: [text], window: { length: 3 } } },
    '/data/inputs/0',
    /columns of numbers or categories, or parts of the calendar, for a forecast, got a column with encoding words/,
  ],
  [
    { architecture: 'sequence_to_sequence', output: classes },
    '/data/group_by',
    /expected the column that tells one series from another for a label for each row of a series, got none/,
  ],
  [
    { architecture: 'sequence_to_sequence', data: { inputs: [text], group_by: 'g' }, output: classes },
    '/data/inputs/0',
    /numbers or categories for a label for each row of a series, got a column with encoding words/,
  ],
  [
    { data: { group_by: 'g', window: { length: 3, horizon: 2 } }, output: classes },
    '/data/window/horizon',
    /expected 1 for a label of a series.*got 2/,
  ],
  [
    {
      architecture: 'sequence_to_sequence',
      data: { group_by: 'g' },
      output: classes,
      training: { sampling: 'balanced' },
    },
    '/training/sampling',
    /expected output.class_weights/,
  ],
  [
    { data: { inputs: [text], targets: [column, column] }, output: classes },
    '/data/targets',
    /one column of labels.* got 2/,
  ],
  [
    { data: { inputs: [text], window: { length: 3 } }, output: classes },
    '/data/window',
    /each row is an example/,
  ],
  [{ data: { inputs: [text], order_by: 'a' }, output: classes }, '/data/order_by', /each row is an example/],
])('refuses %j', (o, pointer, message) => {
  expect(errorsOf(o)).toContainEqual({ pointer, message: expect.stringMatching(message) as unknown });
});
