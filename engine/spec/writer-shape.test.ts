import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { ModelSpecification } from './network.ts';
import { writerShape } from './writer-shape.ts';

const model = (asked: object): ModelSpecification =>
  Value.Parse(ModelSpecification, Value.Default(ModelSpecification, asked));
const writes = { type: 'tokens', vocabulary: 9, embeddingSize: 4, pad: 0, start: 2, end: 3 } as const;

test('a decoder is as its encoder where nothing else is said', () => {
  const shape = writerShape(
    'encoder_decoder',
    model({
      cell: 'lstm',
      hidden_size: 8,
      layers: 2,
      peepholes: true,
      bidirectional: true,
      decoder: { layers: 1, feed_context: true, feed_output: false },
      attention: { score: 'additive', size: 3 },
    }),
    { inputSize: 1, embeddings: [{ vocabulary: 7, size: 5 }], padded: true, writes },
  );
  expect(shape).toMatchObject({
    encoder: { cell: 'lstm', hiddenSize: 8, layers: 2, bidirectional: true, padded: true, peepholes: true },
    decoder: {
      cell: 'lstm',
      hiddenSize: 8,
      layers: 1,
      peepholes: true,
      feedContext: true,
      feedOutput: false,
      attention: { score: 'additive', size: 3, inputFeeding: true },
      writes,
    },
  });
  expect(shape).not.toHaveProperty('encoder.outputSize');
});

test('peepholes and activations go with the cells that have them', () => {
  const asked = model({ cell: 'lstm', peepholes: true, decoder: { cell: 'gru' } });
  expect(writerShape('encoder_decoder', asked, { inputSize: 2, writes }).decoder).toMatchObject({
    cell: 'gru',
    peepholes: false,
  });
  const behind = model({ cell: 'gru', peepholes: true, decoder: { cell: 'lstm' } });
  expect(writerShape('encoder_decoder', behind, { inputSize: 2, writes })).toMatchObject({
    encoder: { cell: 'gru', peepholes: false },
    decoder: { cell: 'lstm', peepholes: true },
  });
  const relu = model({ cell: 'rnn', activation: 'relu' });
  expect(writerShape('vector_to_sequence', relu, { inputSize: 3, writes })).toMatchObject({
    vectorSize: 3,
    feedVector: false,
    decoder: { cell: 'rnn', activation: 'relu' },
  });
});
