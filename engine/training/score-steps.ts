/** Scores every step of all windows of a part: −log of the probability of the right class, and the likeliest class. */
import { carriedStates } from '../programs/carried-states.ts';
import { compile } from '../programs/compile.ts';
import { stepScoresProgram } from '../programs/step-scores-program.ts';
import { openSession, type Value } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { firstRows } from './carried-rows.ts';
import { streamsOf } from './streams.ts';
import type { WindowSource } from './window-source.ts';

export interface StepScores {
  /** [count·T], window after window: −log of the probability of the right class. */
  readonly losses: Float32Array;
  /** [count·T] */
  readonly chosen: Uint32Array;
}

/**
 * @param o - source: windows of one length, a target at every step; with `stateful` there are as many streams as `rows`, otherwise each window begins with initial states
 */
export async function scoreSteps(o: {
  readonly network: NetworkShape;
  readonly parameters: Float32Array;
  readonly source: WindowSource;
  readonly threads: number;
  /** Windows that are read together. */
  readonly rows: number;
  /** Whether states go on from one window to the next, where the windows follow each other. */
  readonly stateful: boolean;
}): Promise<StepScores> {
  const { network, parameters, source, rows } = o;
  const { count, steps: T, inputSize: I, weightsPerOutput: W = 0 } = source;
  const seriesStarts = o.stateful ? source.seriesStarts : undefined;
  const H = network.hiddenSize;
  const carries = seriesStarts !== undefined;
  const names = carries ? carriedStates(network).map(({ name }) => name) : [];
  const session = await openSession(compile(stepScoresProgram(network, carries)), { threads: o.threads });
  try {
    const result = { losses: new Float32Array(count * T), chosen: new Uint32Array(count * T) };
    let states: readonly Value[] = [];
    for (const { windows, keep } of batchesOf(count, rows, seriesStarts)) {
      const N = windows.length;
      const x = new Float32Array(T * N * I);
      const y = new Float32Array(T * N);
      source.read(windows, x, y, new Float32Array(T * N * W));
      const results = await session.run({
        parameters: { data: parameters, dims: [parameters.length] },
        x: { data: x, dims: [T, N, I] },
        y: { data: y, dims: [T, N, 1] },
        ...(carries && { keep: { data: keep, dims: [N] } }),
        ...Object.fromEntries(names.map((name, index) => [name, firstRows(states[index], H, N)])),
      });
      states = names.map((name) => results[`next_${name}`]!);
      const [losses, chosen] = [results.losses!.data, results.chosen!.data];
      windows.forEach((window, n) => {
        for (let t = 0; t < T; t++) {
          result.losses[window * T + t] = losses[t * N + n]!;
          result.chosen[window * T + t] = chosen[t * N + n]!;
        }
      });
    }
    return result;
  } finally {
    await session.release();
  }
}

function* batchesOf(
  count: number,
  rows: number,
  seriesStarts: readonly number[] | undefined,
): Generator<{ readonly windows: Uint32Array; readonly keep: Float32Array }> {
  if (seriesStarts) {
    const streams = streamsOf({ count, seriesStarts }, rows);
    for (let index = 0; index < streams.batches; index++) yield streams.batch(index);
    return;
  }
  for (let first = 0; first < count; first += rows) {
    const windows = Uint32Array.from({ length: Math.min(rows, count - first) }, (_, n) => first + n);
    yield { windows, keep: new Float32Array(windows.length) };
  }
}
