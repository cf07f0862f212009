/** What the memory benchmark trains: networks in which each of the parts that take memory is the largest once. */
import type { Graph } from '../engine/graph/graph.ts';
import { writerProblem } from '../engine/programs/decoder/writer-loss.ts';
import { optimizationProgram } from '../engine/programs/optimization-program.ts';
import { trainProgram } from '../engine/programs/train-program.ts';
import type { trainingMemory } from '../engine/programs/training-memory.ts';
import type { CellKind } from '../engine/spec/cells.ts';
import type { WriterShape } from '../engine/spec/decoder-shape.ts';
import type { NetworkShape } from '../engine/spec/network-shape.ts';

interface Batch {
  /** T */
  readonly steps: number;
  /** N: of a batch, or of the part of one that is in memory at a time. */
  readonly windows: number;
  /** A: parts of a batch; none if absent. */
  readonly accumulate?: number;
}
/** Reads windows. `carriesState`: they are chunks of longer ones, as `tbptt_steps` cuts them. */
interface ReaderPoint extends Batch {
  readonly network: Partial<NetworkShape> & { readonly cell: CellKind; readonly hiddenSize: number };
  readonly carriesState?: true;
}
/** Writes sequences. */
interface WriterPoint extends Batch {
  readonly writer: WriterShape;
  /** S */
  readonly written: number;
}
export type MemoryPoint = ReaderPoint | WriterPoint;

const symbols = { type: 'tokens', vocabulary: 1000, embeddingSize: 64, pad: 0, start: 2, end: 3 } as const;
const text = { inputSize: 1, embeddings: [{ vocabulary: 1000, size: 64 }], padded: true } as const;

/** Trained with whole batches and with parts of them. */
const attentive: WriterShape = {
  architecture: 'encoder_decoder',
  encoder: { cell: 'gru', ...text, hiddenSize: 128, layers: 1, bidirectional: true },
  decoder: { cell: 'gru', hiddenSize: 128, layers: 1, writes: symbols, attention: { score: 'additive' } },
};

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
  {
    network: { cell: 'gru', ...text, hiddenSize: 64, bidirectional: true, pooling: 'max' },
    steps: 400,
    windows: 32,
  },
  {
    network: { cell: 'gru', architecture: 'sequence_to_sequence', hiddenSize: 64 },
    steps: 250,
    windows: 32,
    carriesState: true,
  },
  {
    network: { cell: 'gru', architecture: 'sequence_to_sequence', hiddenSize: 64 },
    steps: 50,
    windows: 32,
    carriesState: true,
  },
  { network: { cell: 'lstm', hiddenSize: 32 }, steps: 500, windows: 32, accumulate: 8 },
  {
    writer: {
      architecture: 'encoder_decoder',
      encoder: { cell: 'lstm', ...text, hiddenSize: 128, layers: 1 },
      decoder: { cell: 'lstm', hiddenSize: 128, layers: 1, writes: symbols },
    },
    steps: 30,
    written: 30,
    windows: 64,
  },
  {
    writer: {
      architecture: 'encoder_decoder',
      encoder: { cell: 'gru', ...text, hiddenSize: 64, layers: 1, bidirectional: true },
      decoder: { cell: 'gru', hiddenSize: 64, layers: 1, writes: symbols, attention: { score: 'dot' } },
    },
    steps: 50,
    written: 50,
    windows: 64,
  },
  {
    writer: {
      architecture: 'encoder_decoder',
      encoder: { cell: 'lstm', ...text, hiddenSize: 64, layers: 2 },
      decoder: { cell: 'lstm', hiddenSize: 64, layers: 2, writes: symbols, attention: { score: 'additive' } },
    },
    steps: 40,
    written: 40,
    windows: 32,
  },
  {
    writer: attentive,
    steps: 60,
    written: 30,
    windows: 64,
  },
  {
    writer: attentive,
    steps: 60,
    written: 30,
    windows: 16,
    accumulate: 4,
  },
  {
    writer: {
      architecture: 'vector_to_sequence',
      vectorSize: 784,
      feedVector: true,
      decoder: { cell: 'gru', hiddenSize: 128, layers: 1, writes: symbols },
    },
    steps: 1,
    written: 40,
    windows: 128,
  },
  {
    writer: {
      architecture: 'vector_to_sequence',
      vectorSize: 16,
      feedVector: true,
      decoder: { cell: 'lstm', hiddenSize: 128, layers: 2, writes: { type: 'numbers', size: 2 } },
    },
    steps: 1,
    written: 200,
    windows: 64,
  },
];

const optimizer = {
  type: 'adam',
  learning_rate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
} as const;
const inParts = ({ accumulate }: Batch) => ({ accumulate: accumulate !== undefined });
const lossOf = ({ decoder }: WriterShape) =>
  decoder.writes.type === 'tokens'
    ? ({ type: 'cross_entropy', label_smoothing: 0 } as const)
    : ('mse' as const);

const networkOf = ({ network }: ReaderPoint): NetworkShape => ({
  architecture: 'sequence_to_vector',
  inputSize: 4,
  layers: 1,
  outputSize: 1,
  ...network,
});
const optionsOf = (point: ReaderPoint) => {
  const network = networkOf(point);
  return {
    network,
    loss: 'mse',
    lossSteps: network.architecture === 'sequence_to_sequence' ? 'all' : 'last',
    optimizer,
    clipNorm: 1,
    ...(point.carriesState && { carriesState: true }),
  } as const;
};

/** The training program of a point. */
export const programOf = (point: MemoryPoint): Graph =>
  'writer' in point
    ? optimizationProgram(writerProblem({ writer: point.writer, loss: lossOf(point.writer) }), {
        optimizer,
        clipNorm: 1,
        ...inParts(point),
      })
    : trainProgram({ ...optionsOf(point), ...inParts(point) });

/** What its memory is reckoned from. */
export const sizesOf = (point: MemoryPoint): Parameters<typeof trainingMemory>[0] =>
  'writer' in point
    ? {
        network: point.writer,
        loss: lossOf(point.writer),
        optimizer,
        clipNorm: 1,
        batchSize: point.windows,
        steps: point.steps,
        written: point.written,
      }
    : { ...optionsOf(point), batchSize: point.windows, steps: point.steps };

/** A network of the same kind that takes next to nothing. */
export const smallest = (point: MemoryPoint): MemoryPoint =>
  'writer' in point
    ? {
        ...point,
        writer: { ...point.writer, decoder: { ...point.writer.decoder, hiddenSize: 4 } },
        steps: 2,
        written: 2,
        windows: 2,
      }
    : { ...point, network: { ...point.network, hiddenSize: 4 }, steps: 2, windows: 2 };
