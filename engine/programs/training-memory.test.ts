import { expect, it } from 'vitest';
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

/** Megabytes by which processes grew that trained these: `npm run bench -- memory`, onnxruntime-node 1.30.0. */
it.each([
  [{ inputSize: 64, hiddenSize: 256 }, 100, 64, 206],
  [{ cell: 'gru', inputSize: 64, hiddenSize: 256 }, 100, 64, 244],
  [{ cell: 'rnn', inputSize: 64, hiddenSize: 256 }, 100, 64, 62.5],
  [{ inputSize: 16, hiddenSize: 128, layers: 3, bidirectional: true }, 100, 64, 255],
  [{ inputSize: 16, hiddenSize: 128, layerNorm: true }, 100, 64, 177],
  [{ cell: 'gru', inputSize: 16, hiddenSize: 128, layers: 2, layerNorm: true }, 100, 64, 210],
  [{ cell: 'gru', architecture: 'sequence_to_sequence', hiddenSize: 64 }, 1000, 32, 323],
  [{}, 500, 256, 219],
  [{}, 500, 64, 104],
  [{ hiddenSize: 1024, layers: 2 }, 2, 1, 745],
  [{ hiddenSize: 64, layers: 2, dropout: 0.2, recurrentDropout: 0.1 }, 100, 128, 143],
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
