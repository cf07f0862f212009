/** The engine's own side of the benchmarks: its training program, as the trainer compiles and runs it. */
import { createRequire } from 'node:module';
import { optimizerOf } from '../engine/nn/optimizers/table.ts';
import { openSession, type Session, type Value } from '../engine/runtime/session.ts';
import { stepsPerRun } from '../engine/training/steps-per-run.ts';
import { clocks, type Clock, type Contender } from './contender.ts';
import { adam, engineProgram } from './engine-program.ts';

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
    async prepare(point, threads) {
      await release();
      const { model, memoryPattern, initial, batches, numbersPerStep } = engineProgram(point);
      const session = await openSession(model, { threads, memoryPattern });
      const P = initial.length;
      let state: Record<string, Value> = {
        parameters: { dims: [P], data: initial },
        first_moment: { dims: [P], data: new Float32Array(P) },
        second_moment: { dims: [P], data: new Float32Array(P) },
      };
      let taken = 0;
      const runOf = (K: number) => {
        const given = batches(K);
        return async (clock: Clock) => {
          const schedule = Array.from({ length: K }, () =>
            optimizerOf(adam).scheduleAt(++taken, adam.learning_rate),
          );
          const feeds = {
            ...state,
            ...given,
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
      const pace = stepsPerRun(numbersPerStep);
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
