/** The engine's own side of the benchmarks: its training program, as the trainer compiles and runs it. */
import { createRequire } from 'node:module';
import { optimizerOf } from '../engine/nn/optimizers/table.ts';
import { compileFor } from '../engine/programs/compile.ts';
import { initialParameters } from '../engine/programs/initial-parameters.ts';
import { parameterCount } from '../engine/programs/parameters.ts';
import { trainProgram } from '../engine/programs/train-program.ts';
import { openSession, type Session, type Value } from '../engine/runtime/session.ts';
import type { NetworkShape } from '../engine/spec/network-shape.ts';
import { stepsPerRun } from '../engine/training/steps-per-run.ts';
import { clocks, type Clock, type Contender } from './contender.ts';

const optimizer = { type: 'adam', learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

const filled = (dims: readonly number[], value: () => number): Value => ({
  dims,
  data: Float32Array.from({ length: dims.reduce((size, dim) => size * dim, 1) }, value),
});
const uniform = () => Math.random() * 2 - 1;

interface Prepared {
  readonly session: Session;
  /** Takes K steps; answers the milliseconds of one. */
  readonly run: (clock: Clock) => Promise<number>;
}

export function engineContender(): Contender {
  let prepared: Prepared | null = null;
  const release = async () => {
    await prepared?.session.release();
    prepared = null;
  };
  return {
    name: 'ours',
    description: runtimeVersion(),
    async prepare({ cell, input, hidden, steps, batch, ...variant }, threads) {
      await release();
      const network: NetworkShape = {
        architecture: 'sequence_to_vector',
        cell,
        inputSize: input,
        hiddenSize: hidden,
        layers: variant.layers ?? 1,
        outputSize: 1,
        bidirectional: variant.bidirectional ?? false,
        layerNorm: variant.layer_norm ?? false,
      };
      const graph = trainProgram({ network, loss: 'mse', lossSteps: 'last', optimizer, clipNorm: null });
      const { model, memoryPattern } = compileFor({ steps, windows: batch }, graph);
      const session = await openSession(model, { threads, memoryPattern });
      const P = parameterCount(network);
      let state: Record<string, Value> = {
        parameters: { dims: [P], data: initialParameters(network, 1) },
        first_moment: filled([P], () => 0),
        second_moment: filled([P], () => 0),
      };
      let taken = 0;
      const runOf = (K: number) => {
        const x = filled([K, steps, batch, input], uniform);
        const y = filled([K, 1, batch, 1], uniform);
        return async (clock: Clock) => {
          const schedule = Array.from({ length: K }, () =>
            optimizerOf(optimizer).scheduleAt(++taken, optimizer.learning_rate),
          );
          const feeds = {
            ...state,
            x,
            y,
            step_size: { dims: [K], data: Float32Array.from(schedule, ([stepSize]) => stepSize!) },
            root_correction: {
              dims: [K],
              data: Float32Array.from(schedule, ([, rootCorrection]) => rootCorrection!),
            },
          };
          const now = clocks[clock];
          const start = now();
          const result = await session.run(feeds);
          const milliseconds = (now() - start) / K;
          state = {
            parameters: result['next_parameters']!,
            first_moment: result['next_first_moment']!,
            second_moment: result['next_second_moment']!,
          };
          return milliseconds;
        };
      };
      const pace = stepsPerRun(batch * (steps * input + 1));
      // K at least doubles until a run is long enough: a few tries settle it
      for (let attempt = 0; attempt < 8; attempt++) {
        const K = pace.current();
        pace.measured(K, K * (await runOf(K)('wall')));
      }
      prepared = { session, run: runOf(pace.current()) };
      await prepared.run('wall');
    },
    // a turn is one run of K steps, which is about as long as a turn is by default
    async takeTurn(_, clock) {
      if (prepared === null) throw new Error('internal: its turn before it was prepared');
      return prepared.run(clock);
    },
    close: release,
  };
}

function runtimeVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return `onnxruntime-node ${version}, Node ${process.versions.node}`;
}
