import { expect, test } from 'vitest';
import { smallDecoder, smallTokens, smallWriters } from '../programs/decoder/testing.ts';
import { writerLayout } from '../programs/decoder/writer-parameters.ts';
import { checkWriter } from './check-writer.ts';
import type { DecoderShape, WriterShape } from './decoder-shape.ts';

const reads = smallWriters['lstm, last state'] as Extract<WriterShape, { architecture: 'encoder_decoder' }>;
const withDecoder = (more: Partial<DecoderShape>): WriterShape => ({
  ...reads,
  decoder: smallDecoder('lstm', more),
});

test('what goes together is not refused', () => {
  for (const writer of Object.values(smallWriters)) expect(checkWriter(writer)).toEqual([]);
});

test.each([
  [
    '/decoder/attention',
    {
      architecture: 'vector_to_sequence',
      vectorSize: 2,
      decoder: smallDecoder('gru', { attention: { score: 'dot' } }),
    },
    'got vector_to_sequence',
  ],
  ['/decoder/attention/size', withDecoder({ attention: { score: 'dot', size: 3 } }), 'got dot'],
  ['/decoder/peepholes', withDecoder({ cell: 'gru', peepholes: true }), 'got gru'],
  ['/decoder/activation', withDecoder({ activation: 'relu' }), 'got relu with lstm'],
  [
    '/decoder/writes/end',
    withDecoder({ writes: { ...smallTokens, end: 6 } as DecoderShape['writes'] }),
    'got 6',
  ],
  [
    '/decoder/writes',
    withDecoder({ writes: { ...smallTokens, end: 0 } as DecoderShape['writes'] }),
    'got 1, 0, 0',
  ],
] as const)('%s is refused', (pointer, writer, message) => {
  const errors = checkWriter(writer);
  expect(errors.map((error) => error.pointer)).toEqual([pointer]);
  expect(errors[0]!.message).toContain(message);
  expect(() => writerLayout(writer)).toThrow(message);
});
