/** Trains a network on windows that are made as they are needed, and runs it on others. */
import { compile } from '../../engine/programs/compile.ts';
import type { BatchOptions } from '../../engine/programs/batch-loss.ts';
import { initialParameters } from '../../engine/programs/initial-parameters.ts';
import { gradientProgram, trainProgram } from '../../engine/programs/train-program.ts';
import { openSession, type Value } from '../../engine/runtime/session.ts';
import type { Initialization } from '../../engine/spec/initialization.ts';
import { writerSteps } from '../../engine/training/writer-steps.ts';

/** Windows with their targets: x [N,T,I] and y [N,S,O] as they stand, window by window. */
export interface Windows {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

interface WindowTraining extends BatchOptions {
  readonly seed: number;
  readonly threads: number;
  readonly learningRate: number;
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
  /** Is told the mean loss of each run, and may end training. */
  readonly observe: (taken: number, loss: number) => void;
}

/** @returns what the network gives for windows, [N,S,P] */
export async function trainOnWindows(
  options: WindowTraining,
): Promise<(held: Windows) => Promise<{ prediction: Float32Array; loss: number }>> {
  const { network, steps: T, targetSteps: S, targetSize: O, batch: N, updatesPerRun: K } = options;
  const { threads, seed } = options;
  const I = network.inputSize;
  const adam = {
    type: 'adam',
    learning_rate: options.learningRate,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
  } as const;
  const session = await openSession(compile(trainProgram({ ...options, optimizer: adam })), { threads });
  const training = writerSteps(session, adam, initialParameters(network, seed, options.initialization));
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
  for (let taken = 0; taken < options.updates; taken += K) {
    const { x, y } = options.windows(K * N);
    const batches: Record<string, Value> = {
      x: { data: timeFirst(x, K, T, I), dims: [K, T, N, I] },
      y: { data: timeFirst(y, K, S, O), dims: [K, S, N, O] },
    };
    const losses = await training.take(batches);
    options.observe(taken + K, losses.reduce((total, loss) => total + loss, 0) / K);
  }
  await session.release();
  return async (held) => {
    const evaluation = await openSession(compile(gradientProgram(options)), { threads });
    const parameters = training.parameters();
    const count = held.x.length / (T * I);
    const { prediction, loss } = await evaluation.run({
      parameters: { data: parameters, dims: [parameters.length] },
      x: { data: timeFirst(held.x, 1, T, I), dims: [T, count, I] },
      y: { data: timeFirst(held.y, 1, S, O), dims: [S, count, O] },
    });
    await evaluation.release();
    return { prediction: prediction!.data, loss: loss!.data[0]! };
  };
}
