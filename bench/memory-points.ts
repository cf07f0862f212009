/** What the memory benchmark trains: networks in which each of the parts that take memory is the largest once. */
import type { TrainProgramOptions } from '../engine/programs/train-program.ts';
import type { CellKind } from '../engine/spec/cells.ts';
import type { NetworkShape } from '../engine/spec/network-shape.ts';

export interface MemoryPoint {
  readonly network: Partial<NetworkShape> & { readonly cell: CellKind; readonly hiddenSize: number };
  /** T */
  readonly steps: number;
  /** N */
  readonly windows: number;
}

export const memoryPoints: readonly MemoryPoint[] = [
  { network: { cell: 'lstm', inputSize: 1, hiddenSize: 32 }, steps: 30, windows: 32 },
  { network: { cell: 'lstm', inputSize: 16, hiddenSize: 128 }, steps: 50, windows: 32 },
  { network: { cell: 'lstm', inputSize: 64, hiddenSize: 256 }, steps: 100, windows: 64 },
  { network: { cell: 'lstm', inputSize: 256, hiddenSize: 512 }, steps: 35, windows: 20 },
  { network: { cell: 'gru', inputSize: 64, hiddenSize: 256 }, steps: 100, windows: 64 },
  { network: { cell: 'rnn', inputSize: 64, hiddenSize: 256 }, steps: 100, windows: 64 },
  {
    network: { cell: 'lstm', inputSize: 16, hiddenSize: 128, layers: 3, bidirectional: true },
    steps: 100,
    windows: 64,
  },
  { network: { cell: 'lstm', inputSize: 16, hiddenSize: 128, layerNorm: true }, steps: 100, windows: 64 },
  {
    network: { cell: 'gru', inputSize: 16, hiddenSize: 128, layers: 2, layerNorm: true },
    steps: 100,
    windows: 64,
  },
  {
    network: { cell: 'gru', architecture: 'sequence_to_sequence', hiddenSize: 64 },
    steps: 1000,
    windows: 32,
  },
  { network: { cell: 'lstm', hiddenSize: 32 }, steps: 500, windows: 256 },
  { network: { cell: 'lstm', hiddenSize: 32 }, steps: 500, windows: 64 },
  { network: { cell: 'lstm', hiddenSize: 1024, layers: 2 }, steps: 2, windows: 1 },
  {
    network: { cell: 'lstm', hiddenSize: 64, layers: 2, dropout: 0.2, recurrentDropout: 0.1 },
    steps: 100,
    windows: 128,
  },
];

export function programOf({ network }: MemoryPoint): TrainProgramOptions {
  const shape: NetworkShape = {
    architecture: 'sequence_to_vector',
    inputSize: 4,
    layers: 1,
    outputSize: 1,
    ...network,
  };
  return {
    network: shape,
    loss: 'mse',
    lossSteps: shape.architecture === 'sequence_to_sequence' ? 'all' : 'last',
    optimizer: { type: 'adam', learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    clipNorm: 1,
  };
}
