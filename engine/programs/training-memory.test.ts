import { expect, it } from 'vitest';
import type { WriterShape } from '../spec/decoder-shape.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { trainingMemory } from './training-memory.ts';

const network = (of: Partial<NetworkShape>): NetworkShape => ({
  architecture: 'sequence_to_vector',
  cell: 'lstm',
  inputSize: 4,
  hiddenSize: 32,
  layers: 1,
  outputSize: 1,
  ...of,
});
const optimizer = { type: 'adam', learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

const symbols = { type: 'tokens', vocabulary: 1000, embeddingSize: 64, pad: 0, start: 2, end: 3 } as const;
const text = { inputSize: 1, embeddings: [{ vocabulary: 1000, size: 64 }], padded: true } as const;

/** Trained with whole batches and with parts of them. */
const attentive: WriterShape = {
  architecture: 'encoder_decoder',
  encoder: { cell: 'gru', ...text, hiddenSize: 128, layers: 1, bidirectional: true },
  decoder: { cell: 'gru', hiddenSize: 128, layers: 1, writes: symbols, attention: { score: 'additive' } },
};

/** Megabytes by which processes grew that trained these: `npm run bench -- memory`, onnxruntime-node 1.30.0. */
it.each([
  [{ inputSize: 64, hiddenSize: 256 }, 100, 64, 203],
  [{ cell: 'gru', inputSize: 64, hiddenSize: 256 }, 100, 64, 241],
  [{ cell: 'rnn', inputSize: 64, hiddenSize: 256 }, 100, 64, 62.5],
  [{ inputSize: 16, hiddenSize: 128, layers: 3, bidirectional: true }, 100, 64, 270],
  [{ inputSize: 16, hiddenSize: 128, layerNorm: true }, 100, 64, 170],
  [{ cell: 'gru', inputSize: 16, hiddenSize: 128, layers: 2, layerNorm: true }, 100, 64, 211],
  [{ cell: 'gru', architecture: 'sequence_to_sequence', hiddenSize: 64 }, 1000, 32, 171],
  [{}, 500, 256, 213],
  [{}, 500, 64, 104],
  // a batch of 256 in 8 parts (`accumulate`), which takes 213 MB whole
  [{}, 500, 32, 58.6],
  [{ hiddenSize: 1024, layers: 2 }, 2, 1, 759],
  [{ hiddenSize: 64, layers: 2, dropout: 0.2, recurrentDropout: 0.1 }, 100, 128, 143],
  [{ cell: 'gru', ...text, hiddenSize: 64, bidirectional: true, pooling: 'max' }, 400, 32, 198],
] as const)('is within a quarter of what was measured: %j, T %i, N %i', (of, steps, batchSize, measured) => {
  const { parameterBytes, stepBytes } = trainingMemory({
    network: network(of),
    optimizer,
    batchSize,
    steps,
  });
  const share = (parameterBytes + stepBytes) / 1e6 / measured;
  expect(share).toBeGreaterThan(0.75);
  expect(share).toBeLessThan(1.25);
});

/** The same of networks that write. */
it.each<readonly [WriterShape, steps: number, written: number, batchSize: number, measured: number]>([
  [
    {
      architecture: 'encoder_decoder',
      encoder: { cell: 'lstm', ...text, hiddenSize: 128, layers: 1 },
      decoder: { cell: 'lstm', hiddenSize: 128, layers: 1, writes: symbols },
    },
    30,
    30,
    64,
    141,
  ],
  [
    {
      architecture: 'encoder_decoder',
      encoder: { cell: 'gru', ...text, hiddenSize: 64, layers: 1, bidirectional: true },
      decoder: { cell: 'gru', hiddenSize: 64, layers: 1, writes: symbols, attention: { score: 'dot' } },
    },
    50,
    50,
    64,
    228,
  ],
  [
    {
      architecture: 'encoder_decoder',
      encoder: { cell: 'lstm', ...text, hiddenSize: 64, layers: 2 },
      decoder: { cell: 'lstm', hiddenSize: 64, layers: 2, writes: symbols, attention: { score: 'additive' } },
    },
    40,
    40,
    32,
    148,
  ],
  [attentive, 60, 30, 64, 330],
  [
    // the same batch in 4 parts
    attentive,
    60,
    30,
    16,
    191,
  ],
  [
    {
      architecture: 'vector_to_sequence',
      vectorSize: 784,
      feedVector: true,
      decoder: { cell: 'gru', hiddenSize: 128, layers: 1, writes: symbols },
    },
    1,
    40,
    128,
    189,
  ],
  [
    {
      architecture: 'vector_to_sequence',
      vectorSize: 16,
      feedVector: true,
      decoder: { cell: 'lstm', hiddenSize: 128, layers: 2, writes: { type: 'numbers', size: 2 } },
    },
    1,
    200,
    64,
    197,
  ],
])(
  'is within a quarter of what was measured: %j, T %i, S %i, N %i',
  (writer, steps, written, batchSize, measured) => {
    const { parameterBytes, stepBytes } = trainingMemory({
      network: writer,
      optimizer,
      batchSize,
      steps,
      written,
    });
    const share = (parameterBytes + stepBytes) / 1e6 / measured;
    expect(share).toBeGreaterThan(0.75);
    expect(share).toBeLessThan(1.25);
  },
);

/** Chunks of windows of 1,000 steps, which take 171 MB whole. */
it.each([
  [250, 83.8],
  [50, 19.7],
])('shorter chunks take less, as measured: tbptt_steps %i', (steps, measured) => {
  const { parameterBytes, stepBytes } = trainingMemory({
    network: network({ cell: 'gru', architecture: 'sequence_to_sequence', hiddenSize: 64 }),
    optimizer,
    batchSize: 32,
    steps,
    carriesState: true,
  });
  const share = (parameterBytes + stepBytes) / 1e6 / measured;
  expect(share).toBeGreaterThan(0.75);
  expect(share).toBeLessThan(1.25);
});
