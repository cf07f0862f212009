/** For tests of what writes sequences: networks of all kinds, small, and batches for them. */
import type { NdArray } from '../../graph/nd-array.ts';
import { randomArray } from '../../graph/testing/numbers.ts';
import { randomStream } from '../../random/random-stream.ts';
import type { CellKind } from '../../spec/cells.ts';
import {
  writtenSize,
  type DecoderShape,
  type VectorToSequenceShape,
  type WriterShape,
} from '../../spec/decoder-shape.ts';
import type { EncoderShape } from '../../spec/network-shape.ts';

export const smallTokens: DecoderShape['writes'] = {
  type: 'tokens',
  vocabulary: 6,
  embeddingSize: 3,
  pad: 0,
  start: 1,
  end: 2,
};
export const smallNumbers: DecoderShape['writes'] = { type: 'numbers', size: 2 };

export const smallEncoder = (cell: CellKind, more: Partial<EncoderShape> = {}): EncoderShape => ({
  cell,
  inputSize: 2,
  hiddenSize: 4,
  layers: 1,
  ...more,
});
export const smallDecoder = (cell: CellKind, more: Partial<DecoderShape> = {}): DecoderShape => ({
  cell,
  hiddenSize: 4,
  layers: 1,
  writes: smallTokens,
  ...more,
});

/** Of every kind of step, state and attention. */
export const smallWriters: Readonly<Record<string, WriterShape>> = {
  'lstm, last state': {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('lstm'),
    decoder: smallDecoder('lstm'),
  },
  'gru from a bidirectional lstm, two layers, additive attention': {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('lstm', { bidirectional: true, hiddenSize: 3 }),
    decoder: smallDecoder('gru', { layers: 2, attention: { score: 'additive', size: 5 } }),
  },
  'gru, padded ids, dot attention': {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('gru', { inputSize: 1, embeddings: [{ vocabulary: 5, size: 3 }], padded: true }),
    decoder: smallDecoder('gru', { attention: { score: 'dot' } }),
  },
  'lstm from a gru, general attention, nothing fed': {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('gru', { hiddenSize: 5, padded: true }),
    decoder: smallDecoder('lstm', { attention: { score: 'dot', inputFeeding: false } }),
  },
  'lstm that sees the last state at every step': {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('lstm', { layers: 2, padded: true }),
    decoder: smallDecoder('lstm', { layers: 2, feedContext: true }),
  },
  'gru that sees the last state alone, of both directions, dot attention': {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('lstm', { bidirectional: true, hiddenSize: 3, padded: true }),
    decoder: smallDecoder('gru', { feedContext: true, feedOutput: false, attention: { score: 'dot' } }),
  },
  'layer-normalised lstm that sees the last state alone, numbers': {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('gru'),
    decoder: smallDecoder('lstm', {
      layerNorm: true,
      feedContext: true,
      feedOutput: false,
      writes: smallNumbers,
    }),
  },
  'residual layer-normalised lstm with peepholes, scaled attention, numbers': {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('lstm', { layers: 2, layerNorm: true, residual: true, learnInitialState: true }),
    decoder: smallDecoder('lstm', {
      layers: 2,
      residual: true,
      layerNorm: true,
      peepholes: true,
      writes: smallNumbers,
      attention: { score: 'scaled_dot' },
    }),
  },
  'vector to symbols': {
    architecture: 'vector_to_sequence',
    vectorSize: 3,
    feedVector: true,
    decoder: smallDecoder('gru', { layers: 2 }),
  },
  'vector with ids to symbols': {
    architecture: 'vector_to_sequence',
    vectorSize: 4,
    embeddings: [
      { vocabulary: 5, size: 3 },
      { vocabulary: 3, size: 2 },
    ],
    feedVector: true,
    decoder: smallDecoder('lstm'),
  },
  'vector to numbers': {
    architecture: 'vector_to_sequence',
    vectorSize: 3,
    decoder: smallDecoder('rnn', { writes: smallNumbers }),
  },
};

export interface Sizes {
  readonly T: number;
  readonly S: number;
  readonly N: number;
}

/** What a network of any kind reads: x, and a mask where there is padding; rows get shorter from one to the next. */
export function randomReading(writer: WriterShape, { T, N }: Sizes): Record<string, NdArray> {
  if (writer.architecture === 'vector_to_sequence') return { x: randomVectors(writer, N) };
  const { encoder } = writer;
  const ids = encoder.embeddings?.[0];
  const x = ids ? randomIds([T, N, 1], ids.vocabulary, 'x') : randomArray([T, N, encoder.inputSize], 'x');
  if (encoder.padded !== true) return { x };
  const mask = Float64Array.from({ length: T * N }, (_, index) =>
    Math.floor(index / N) < Math.max(1, T - (index % N)) ? 1 : 0,
  );
  return { x, mask: { shape: [T, N], data: mask } };
}

/** [N,I]: numbers, and ids behind them. */
function randomVectors({ vectorSize: I, embeddings = [] }: VectorToSequenceShape, N: number): NdArray {
  const { shape, data } = randomArray([N, I], 'x');
  embeddings.forEach(({ vocabulary }, index) => {
    const ids = randomIds([N], vocabulary, `ids ${index}`).data;
    for (let n = 0; n < N; n++) data[n * I + I - embeddings.length + index] = ids[n]!;
  });
  return { shape, data };
}

/** A batch of what is read and what is to be written, by the names of writerInputs. */
export function randomBatch(writer: WriterShape, sizes: Sizes, sampling: boolean): Record<string, NdArray> {
  const { S, N } = sizes;
  const { writes } = writer.decoder;
  const width = writtenSize(writer.decoder);
  const written = (name: string) =>
    writes.type === 'tokens'
      ? randomIds([S, N, 1], writes.vocabulary, name)
      : randomArray([S, N, width], name);
  const weights = randomArray([S, N, 1], 'weights').data.map((value) => (value < -0.5 ? 0 : value + 1));
  const coins = randomArray([S, N], 'coins').data.map((value, index) => (index >= N && value > 0 ? 1 : 0));
  return {
    ...randomReading(writer, sizes),
    previous: written('previous'),
    y: written('y'),
    weights: { shape: [S, N, 1], data: weights },
    ...(sampling && { coins: { shape: [S, N], data: coins } }),
  };
}

function randomIds(shape: readonly number[], below: number, name: string): NdArray {
  const random = randomStream(5, name);
  const length = shape.reduce((total, size) => total * size, 1);
  return { shape, data: Float64Array.from({ length }, () => random.integer(below)) };
}

/** [T,N,…] → [N,T,…]. */
export function rowsFirst({ shape, data }: NdArray): NdArray {
  const [T, N, ...rest] = shape as [number, number, ...number[]];
  const size = rest.reduce((total, length) => total * length, 1);
  const result = new Float64Array(data.length);
  for (let t = 0; t < T; t++)
    for (let n = 0; n < N; n++)
      result.set(data.subarray((t * N + n) * size, (t * N + n + 1) * size), (n * T + t) * size);
  return { shape: [N, T, ...rest], data: result };
}
