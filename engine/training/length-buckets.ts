/**
 * The order of an epoch whose windows differ in length: batches of windows of like lengths, so that little of a batch is padding.
 * It is a function of the lengths and the random numbers alone, as is how many steps each batch has.
 */
import { permutation, type RandomStream } from '../random/random-stream.ts';

/** Windows of one bucket are at most so many times as long as its shortest. */
const spread = 1.25;
/** So many batches of one bucket follow each other, for them to be taken in one run; then another bucket has its turn. */
const batchesTogether = 8;

export interface EpochOrder {
  /** Every window once. */
  readonly windows: Uint32Array;
  /** T of a whole batch, by its number; the rest of the epoch is one more. */
  readonly stepsOf: (batch: number) => number;
}

/** @param lengths - of the windows, at least 1 each */
export function bucketedOrder(
  lengths: ArrayLike<number>,
  batchSize: number,
  random: RandomStream,
): EpochOrder {
  const buckets = new Map<number, number[]>();
  for (const window of permutation(lengths.length, random)) {
    const bucket = Math.floor(Math.log(lengths[window]!) / Math.log(spread));
    const own = buckets.get(bucket);
    if (own) own.push(window);
    else buckets.set(bucket, [window]);
  }

  /** Batches that follow each other; all of one length. */
  const groups: { readonly batches: readonly (readonly number[])[]; readonly steps: number }[] = [];
  let waiting: number[] = [];
  for (const bucket of [...buckets.keys()].sort((a, b) => a - b)) {
    // too few for a batch go with those that are a little longer
    waiting = [...waiting, ...buckets.get(bucket)!];
    const steps = longest(lengths, waiting);
    const batches: number[][] = [];
    const whole = waiting.length - (waiting.length % batchSize);
    for (let first = 0; first < whole; first += batchSize) {
      batches.push(waiting.slice(first, first + batchSize));
    }
    waiting = waiting.slice(whole);
    for (let first = 0; first < batches.length; first += batchesTogether) {
      groups.push({ batches: batches.slice(first, first + batchesTogether), steps });
    }
  }

  const windows: number[] = [];
  const steps: number[] = [];
  for (const index of permutation(groups.length, random)) {
    for (const batch of groups[index]!.batches) {
      windows.push(...batch);
      steps.push(groups[index]!.steps);
    }
  }
  windows.push(...waiting);
  const rest = longest(lengths, waiting);
  return { windows: Uint32Array.from(windows), stepsOf: (batch) => steps[batch] ?? rest };
}

export const longest = (lengths: ArrayLike<number>, windows: Iterable<number>): number => {
  let most = 0;
  for (const window of windows) most = Math.max(most, lengths[window]!);
  return most;
};
