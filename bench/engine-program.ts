/** What the engine runs at a point of the benchmark: its training program, and batches of random numbers. */
import { compileFor } from '../engine/programs/compile.ts';
import { initialWriterParameters } from '../engine/programs/decoder/initial-writer-parameters.ts';
import { writerProblem } from '../engine/programs/decoder/writer-loss.ts';
import { initialParameters } from '../engine/programs/initial-parameters.ts';
import { optimizationProgram, type Problem } from '../engine/programs/optimization-program.ts';
import { windowProblem } from '../engine/programs/train-program.ts';
import type { Value } from '../engine/runtime/session.ts';
import type { WriterShape } from '../engine/spec/decoder-shape.ts';
import type { NetworkShape } from '../engine/spec/network-shape.ts';
import { embeddingSize, vocabulary, type Point } from './points.ts';

export const adam = {
  type: 'adam',
  learning_rate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
} as const;

export interface EngineProgram {
  readonly model: Uint8Array;
  readonly memoryPattern: boolean;
  /** [P] */
  readonly initial: Float32Array;
  /** Of K steps, by the names of the program's inputs. */
  readonly batches: (K: number) => Record<string, Value>;
  readonly numbersPerStep: number;
  /** Of which the program takes steps. */
  readonly problem: Problem;
}

const filled = (dims: readonly number[], value: () => number): Value => ({
  dims,
  data: Float32Array.from({ length: dims.reduce((size, dim) => size * dim, 1) }, value),
});
const uniform = () => Math.random() * 2 - 1;
const symbol = () => Math.floor(Math.random() * vocabulary);

export const engineProgram = (point: Point): EngineProgram =>
  point.attention ? writing(point, point.attention) : reading(point);

function reading({ cell, input: I, hidden, steps: T, batch: N, ...variant }: Point): EngineProgram {
  const network: NetworkShape = {
    architecture: 'sequence_to_vector',
    cell,
    inputSize: I,
    hiddenSize: hidden,
    layers: variant.layers ?? 1,
    outputSize: 1,
    bidirectional: variant.bidirectional ?? false,
    layerNorm: variant.layer_norm ?? false,
  };
  const problem = windowProblem({ network, loss: 'mse', lossSteps: 'last' });
  const graph = optimizationProgram(problem, { optimizer: adam, clipNorm: null });
  return {
    problem,
    ...compileFor({ steps: T, windows: N }, graph),
    initial: initialParameters(network, 1),
    batches: (K) => ({ x: filled([K, T, N, I], uniform), y: filled([K, 1, N, 1], uniform) }),
    numbersPerStep: N * (T * I + 1),
  };
}

/** Reads numbers and writes symbols, as many as there are steps to read. */
function writing(
  { cell, input: I, hidden: H, steps: T, batch: N }: Point,
  score: NonNullable<Point['attention']>,
): EngineProgram {
  const writer: WriterShape = {
    architecture: 'encoder_decoder',
    encoder: { cell, inputSize: I, hiddenSize: H, layers: 1 },
    decoder: {
      cell,
      hiddenSize: H,
      layers: 1,
      // start, end and padding are symbols like the others here: every row writes all its steps
      writes: { type: 'tokens', vocabulary, embeddingSize, start: 0, end: 1, pad: 2 },
      attention: { score },
    },
  };
  const problem = writerProblem({ writer, loss: { type: 'cross_entropy', label_smoothing: 0 } });
  const graph = optimizationProgram(problem, { optimizer: adam, clipNorm: null });
  return {
    problem,
    ...compileFor({ steps: T, windows: N, written: T }, graph),
    initial: initialWriterParameters(writer, 1),
    batches: (K) => ({
      x: filled([K, T, N, I], uniform),
      previous: filled([K, T, N, 1], symbol),
      y: filled([K, T, N, 1], symbol),
      weights: filled([K, T, N, 1], () => 1),
    }),
    numbersPerStep: N * T * (I + 3),
  };
}
