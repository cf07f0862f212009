/** Runs of mini-batches: which windows each optimiser step learns from. */
import { permutation, type RandomStream } from '../random/random-stream.ts';

/** Mini-batches that one run of the program takes together; all of one size. */
export interface Run {
  /** One after another: `steps` batches of `batchSize` windows. */
  readonly windows: Uint32Array;
  readonly steps: number;
  readonly batchSize: number;
}

/**
 * One epoch: every window once, in a new random order, the last batch smaller when they don't divide evenly.
 * @param stepsPerRun - asked before each run, since it is found while training
 */
export function* epochRuns(
  count: number,
  batchSize: number,
  random: RandomStream,
  stepsPerRun: () => number,
): Generator<Run> {
  const order = permutation(count, random);
  const whole = Math.floor(count / batchSize);
  for (let batch = 0; batch < whole;) {
    const steps = Math.min(stepsPerRun(), whole - batch);
    yield { windows: order.subarray(batch * batchSize, (batch + steps) * batchSize), steps, batchSize };
    batch += steps;
  }
  const rest = count - whole * batchSize;
  if (rest > 0) yield { windows: order.subarray(whole * batchSize), steps: 1, batchSize: rest };
}
