/** Trains a network on windows that are made as they are needed, and runs it on others. */
import { compile } from '../../engine/programs/compile.ts';
import type { BatchOptions } from '../../engine/programs/batch-loss.ts';
import { initialParameters } from '../../engine/programs/initial-parameters.ts';
import { gradientProgram, trainProgram } from '../../engine/programs/train-program.ts';
import { openSession, type Value } from '../../engine/runtime/session.ts';
import type { Initialization } from '../../engine/spec/initialization.ts';
import { optimizerRuns } from '../../engine/training/optimizer-runs.ts';

/** Windows with their targets: x [N,T,I] and y [N,S,O] as they stand, window by window. */
export interface Windows {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

interface WindowTraining extends BatchOptions {
  readonly seed: number;
  readonly threads: number;
  /** Of the updates after those taken; one for all of them if a number. */
  readonly learningRate: number | ((taken: number) => number);
  readonly clipNorm: number;
  readonly initialization?: Initialization;
  /** T, and S: how many of its steps have a target. */
  readonly steps: number;
  readonly targetSteps: number;
  readonly batch: number;
  readonly updates: number;
  /** Of one run of the program. */
  readonly updatesPerRun: number;
  /** O, as a target has it. */
  readonly targetSize: number;
  /** @param count - windows */
  readonly windows: (count: number) => Windows;
  /** Is told the mean loss of each run, and may look at what the network gives by then. */
  readonly observe: (taken: number, loss: number, evaluate: Evaluate) => void | Promise<void>;
}

/** What a network gives for windows, [N,S,P], and their mean loss. */
type Evaluate = (held: Windows) => Promise<{ prediction: Float32Array; loss: number }>;

/** Windows that are evaluated at once, at most. */
const evaluatedAtOnce = 500;

export async function trainOnWindows(options: WindowTraining): Promise<Evaluate> {
  const { network, steps: T, targetSteps: S, targetSize: O, batch: N, updatesPerRun: K } = options;
  const { threads, seed } = options;
  const I = network.inputSize;
  const { learningRate } = options;
  const rateAt = typeof learningRate === 'number' ? () => learningRate : learningRate;
  const adam = {
    type: 'adam',
    learning_rate: rateAt(0),
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
  } as const;
  const session = await openSession(compile(trainProgram({ ...options, optimizer: adam })), { threads });
  const training = optimizerRuns({
    session,
    optimizer: adam,
    // one for all updates of a run
    learningRate: (taken) => rateAt(taken - (taken % K)),
    from: initialParameters(network, seed, options.initialization),
  });
  /** [N,T,·] each → [K,T,N,·]. */
  const timeFirst = (values: Float32Array, count: number, length: number, width: number): Float32Array => {
    const result = new Float32Array(values.length);
    const n = values.length / (count * length * width);
    for (let k = 0; k < count; k++)
      for (let row = 0; row < n; row++)
        for (let t = 0; t < length; t++) {
          const from = ((k * n + row) * length + t) * width;
          result.set(values.subarray(from, from + width), ((k * length + t) * n + row) * width);
        }
    return result;
  };
  const evaluate: Evaluate = async ({ x, y }) => {
    const graph = gradientProgram(options);
    const forward = { ...graph, outputs: graph.outputs.filter(({ name }) => name !== 'gradient') };
    const evaluation = await openSession(compile(forward), { threads });
    const parameters = training.parameters();
    const count = x.length / (T * I);
    const predictions: Float32Array[] = [];
    let total = 0;
    for (let from = 0; from < count; from += evaluatedAtOnce) {
      const part = Math.min(evaluatedAtOnce, count - from);
      const rows = (values: Float32Array, size: number) => values.subarray(from * size, (from + part) * size);
      const { prediction, loss } = await evaluation.run({
        parameters: { data: parameters, dims: [parameters.length] },
        x: { data: timeFirst(rows(x, T * I), 1, T, I), dims: [T, part, I] },
        y: { data: timeFirst(rows(y, S * O), 1, S, O), dims: [S, part, O] },
      });
      predictions.push(windowFirst(prediction!.data, S, part));
      total += part * loss!.data[0]!;
    }
    await evaluation.release();
    return { prediction: joined(predictions), loss: total / count };
  };
  for (let taken = 0; taken < options.updates; taken += K) {
    const { x, y } = options.windows(K * N);
    const batches: Record<string, Value> = {
      x: { data: timeFirst(x, K, T, I), dims: [K, T, N, I] },
      y: { data: timeFirst(y, K, S, O), dims: [K, S, N, O] },
    };
    const { losses } = await training.take(K, batches);
    await options.observe(taken + K, losses.reduce((sum, loss) => sum + loss, 0) / K, evaluate);
  }
  await session.release();
  return evaluate;
}

/** [S,N,P] → [N,S,P] */
function windowFirst(values: Float32Array, S: number, N: number): Float32Array {
  const P = values.length / (S * N);
  const result = new Float32Array(values.length);
  for (let step = 0; step < S; step++)
    for (let row = 0; row < N; row++) {
      const from = (step * N + row) * P;
      result.set(values.subarray(from, from + P), (row * S + step) * P);
    }
  return result;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((size, { length }) => size + length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
