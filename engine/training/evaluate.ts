/** Runs a network over all examples of a part, batch by batch. */
import { randomStream } from '../random/random-stream.ts';
import { openSession, type Session, type Value } from '../runtime/session.ts';
import { compile } from '../programs/compile.ts';
import { evaluateProgram } from '../programs/evaluate-program.ts';
import type { Problem } from '../programs/optimization-program.ts';
import { carriedRuns } from './carried-batches.ts';
import { firstRows } from './carried-rows.ts';
import { onItsOwn } from './drawn-inputs.ts';
import { stepsOf, type ExampleSource } from './example-source.ts';

/**
 * Examples evaluated together: nothing is kept for a gradient, so twice as many as in training take no more memory; with
 * tiny batches a few more, since the time goes into steps and not into examples.
 */
const evaluationBatch = (trainingBatch: number): number => Math.min(256, Math.max(16, 2 * trainingBatch));

export interface Evaluator {
  /** The mean loss over all examples, or Σ w·l / Σ w. */
  loss(parameters: Float32Array, source: ExampleSource, signal?: AbortSignal): Promise<number>;
  /** [count,S,P], as they come from the head; 0 behind the end of what is shorter than others. S is 1 for windows: after the last step. */
  predictions(parameters: Float32Array, source: ExampleSource, signal?: AbortSignal): Promise<Float32Array>;
  /**
   * Of some outputs alone.
   * @param places - in rising order: example · S + step
   * @returns [places,P]
   */
  predictionsAt(
    parameters: Float32Array,
    source: ExampleSource,
    places: Uint32Array,
    signal?: AbortSignal,
  ): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * @param problem - `evaluation` of what was trained
 * @param options - batchSize: examples that training takes together
 */
export async function openEvaluator(
  problem: Problem,
  { threads, batchSize }: { readonly threads: number; readonly batchSize: number },
): Promise<Evaluator> {
  const session = await openSession(compile(evaluateProgram(problem)), { threads });
  const each = (
    parameters: Float32Array,
    source: ExampleSource,
    signal: AbortSignal | undefined,
    observe: (batch: EvaluatedBatch) => void,
  ) =>
    eachBatch(
      { session, problem, parameters, source, batchSize: evaluationBatch(batchSize) },
      observe,
      signal,
    );
  return {
    async loss(parameters, source, signal) {
      const sums = { loss: 0, weight: 0 };
      await each(parameters, source, signal, ({ loss, weight }) => {
        sums.loss += loss * weight;
        sums.weight += weight;
      });
      return sums.weight === 0 ? 0 : sums.loss / sums.weight;
    },
    async predictions(parameters, source, signal) {
      let all = new Float32Array(0);
      await each(parameters, source, signal, ({ examples, prediction: { data, dims } }) => {
        const [S, N, P] = dims as [number, number, number];
        const size = source.longest.S * P;
        if (all.length === 0) all = new Float32Array(source.count * size);
        examples.forEach((example, n) => {
          for (let step = 0; step < S; step++) {
            const from = (step * N + n) * P;
            all.set(data.subarray(from, from + P), example * size + step * P);
          }
        });
      });
      return all;
    },
    async predictionsAt(parameters, source, places, signal) {
      let all = new Float32Array(0);
      const { S } = source.longest;
      /** The first place of each example, and at last how many there are. */
      const first = new Uint32Array(source.count + 1);
      for (const place of places) first[Math.floor(place / S) + 1]! += 1;
      for (let example = 0; example < source.count; example++) first[example + 1]! += first[example]!;
      await each(parameters, source, signal, ({ examples, prediction: { data, dims } }) => {
        const [, N, P] = dims as [number, number, number];
        if (all.length === 0) all = new Float32Array(places.length * P);
        examples.forEach((example, n) => {
          for (let index = first[example]!; index < first[example + 1]!; index++) {
            const from = ((places[index]! % S) * N + n) * P;
            all.set(data.subarray(from, from + P), index * P);
          }
        });
      });
      return all;
    },
    release: () => session.release(),
  };
}

interface EvaluatedBatch {
  readonly examples: Uint32Array;
  /** [S,N,P] */
  readonly prediction: { readonly data: Float32Array; readonly dims: readonly number[] };
  readonly loss: number;
  /** What it counts in a mean. */
  readonly weight: number;
}

async function eachBatch(
  o: {
    readonly session: Session;
    readonly problem: Problem;
    readonly parameters: Float32Array;
    readonly source: ExampleSource;
    readonly batchSize: number;
  },
  observe: (batch: EvaluatedBatch) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { source, problem, parameters } = o;
  if (source.carrying) return eachBatchOfStreams(o, observe, signal);
  const order = Uint32Array.from({ length: source.count }, (_, index) => index);
  // examples of like lengths together: less padding
  const { T, S } = source.lengths;
  if (T ?? S) {
    const lengthOf = (lengths: ArrayLike<number> | undefined, example: number) => lengths?.[example] ?? 0;
    order.sort((a, b) => lengthOf(T, a) - lengthOf(T, b) || lengthOf(S, a) - lengthOf(S, b) || a - b);
  }
  for (let start = 0; start < source.count; start += o.batchSize) {
    signal?.throwIfAborted();
    const examples = order.subarray(start, start + o.batchSize);
    const N = examples.length;
    const steps = stepsOf(source, examples);
    const results = await o.session.run({
      parameters: { data: parameters, dims: [parameters.length] },
      ...source.read({ examples, N, steps, leading: [] }),
      ...onItsOwn(problem.drawn, { ...steps, N }),
    });
    const { prediction, loss, weight } = results;
    observe({ examples, prediction: prediction!, loss: loss!.data[0]!, weight: weight?.data[0] ?? N });
  }
}

/** Batches whose states go on, whole windows at a time. */
async function eachBatchOfStreams(
  { session, problem, parameters, source, batchSize }: Parameters<typeof eachBatch>[0],
  observe: Parameters<typeof eachBatch>[1],
  signal?: AbortSignal,
): Promise<void> {
  const carrying = source.carrying!;
  let states: Readonly<Record<string, Value>> = {};
  const runs = carriedRuns({ ...source, carrying }, batchSize, randomStream(0, 'evaluation'), () => 1);
  for (const { examples, partSize: N, steps, carried } of runs) {
    signal?.throwIfAborted();
    const results = await session.run({
      parameters: { data: parameters, dims: [parameters.length] },
      ...source.read({ examples, N, steps, leading: [], ...(carried && { carried }) }),
      ...onItsOwn(problem.drawn, { ...steps, N }),
      ...Object.fromEntries(
        carrying.states.map(({ name, size }) => [name, firstRows(states[name], size, N)]),
      ),
    });
    states = Object.fromEntries(carrying.states.map(({ name }) => [name, results[`next_${name}`]!]));
    const { prediction, loss, weight } = results;
    observe({ examples, prediction: prediction!, loss: loss!.data[0]!, weight: weight?.data[0] ?? N });
  }
}
