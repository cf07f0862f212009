import { expect, test } from 'vitest';
import { checkModel } from './check-model.ts';
import type { ModelSpecification } from './network.ts';

const model = (changes: Partial<ModelSpecification>): ModelSpecification => ({
  cell: 'lstm',
  hidden_size: 8,
  layers: 1,
  peepholes: false,
  bidirectional: false,
  layer_norm: false,
  residual: false,
  dropout: 0,
  recurrent_dropout: 0,
  learn_initial_state: false,
  initialization: { input: 'uniform', recurrent: 'uniform' },
  ...changes,
});

test.each([
  ['/model/peepholes', model({ cell: 'gru', peepholes: true }), 'got gru'],
  ['/model/activation', model({ activation: 'relu' }), 'got relu with lstm'],
  ['/model/residual', model({ residual: true }), 'got 1'],
  ['/model/dropout', model({ dropout: 0.5 }), 'got 1'],
  [
    '/model/initialization/forget_bias',
    model({ cell: 'rnn', initialization: { input: 'uniform', recurrent: 'uniform', forget_bias: 1 } }),
    'got rnn',
  ],
] as const)('%s is refused', (pointer, specification, message) => {
  const errors = checkModel('sequence_to_vector', specification);
  expect(errors).toHaveLength(1);
  expect(errors[0]!.pointer).toBe(pointer);
  expect(errors[0]!.message).toContain(message);
});

test.each(['sequence_to_sequence', 'vector_to_sequence', 'encoder_decoder'] as const)(
  'pooling over time is refused with %s, which has no one output for all steps',
  (architecture) => {
    const [error, ...others] = checkModel(architecture, model({ pooling: 'max' }), 'tokens');
    expect(others).toEqual([]);
    expect(error!.pointer).toBe('/model/pooling');
    expect(error!.message).toContain(`expected last with ${architecture}`);
    expect(checkModel(architecture, model({ pooling: 'last' }), 'tokens')).toEqual([]);
  },
);

test('both directions are refused where an output would see its own target', () => {
  const errors = checkModel('sequence_to_sequence', model({ bidirectional: true }));
  expect(errors.map(({ pointer }) => pointer)).toEqual(['/model/bidirectional']);
});

test('what goes together passes', () => {
  expect(
    checkModel(
      'sequence_to_vector',
      model({ bidirectional: true, peepholes: true, layer_norm: true, pooling: 'mean' }),
    ),
  ).toEqual([]);
  expect(
    checkModel('sequence_to_sequence', model({ cell: 'rnn', activation: 'relu', layers: 2, residual: true })),
  ).toEqual([]);
});

const fields = (architecture: Parameters<typeof checkModel>[0], changes: Partial<ModelSpecification>) =>
  checkModel(architecture, model(changes)).map(({ pointer }) => pointer);
const attention = { score: 'dot', input_feeding: true } as const;

test('an option may be of the layers that write alone', () => {
  const initialization = { input: 'uniform', recurrent: 'uniform', forget_bias: 1 } as const;
  const ofLstm = { cell: 'gru', peepholes: true, initialization, dropout: 0.5, residual: true } as const;
  expect(fields('encoder_decoder', { ...ofLstm, decoder: { cell: 'lstm', layers: 2 } })).toEqual([]);
  expect(fields('encoder_decoder', { activation: 'relu', decoder: { cell: 'rnn' } })).toEqual([]);
  expect(fields('encoder_decoder', { ...ofLstm, decoder: { cell: 'rnn', layers: 1 } })).toEqual([
    '/model/peepholes',
    '/model/initialization/forget_bias',
    '/model/dropout',
    '/model/residual',
  ]);
  const [error] = checkModel('encoder_decoder', model({ ...ofLstm, layers: 2, decoder: { cell: 'rnn' } }));
  expect(error!.message).toBe('expected peepholes with cell lstm alone, got gru and rnn');
});

test('what writes sequences has parts of its own', () => {
  const changes = { attention, decoder: { layers: 2 }, feed_vector: true };
  expect(fields('sequence_to_vector', changes)).toEqual([
    '/model/attention',
    '/model/decoder',
    '/model/feed_vector',
  ]);
  expect(fields('encoder_decoder', { ...changes, bidirectional: true })).toEqual(['/model/feed_vector']);
  expect(
    fields('vector_to_sequence', { ...changes, bidirectional: true, learn_initial_state: true }),
  ).toEqual(['/model/attention', '/model/decoder', '/model/bidirectional', '/model/learn_initial_state']);
  const alone = { feed_output: false };
  expect(fields('encoder_decoder', { decoder: alone })).toEqual(['/model/decoder/feed_output']);
  expect(fields('encoder_decoder', { decoder: { ...alone, feed_context: true } })).toEqual([]);
  expect(fields('encoder_decoder', { attention: { ...attention, size: 5 } })).toEqual([
    '/model/attention/size',
  ]);
});
