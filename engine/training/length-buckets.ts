/**
 * The order of an epoch whose examples differ in length: batches of examples of like lengths, so that little of a batch is padding.
 * It is a function of the lengths and the random numbers alone, as is how many steps each batch has.
 */
import { drawExamples } from './draw-examples.ts';
import { permutation, type RandomStream } from '../random/random-stream.ts';
import { stepsOf, type ExampleLengths, type Steps } from './example-source.ts';

/** Examples of one bucket are at most so many times as long as its shortest, along each axis. */
const spread = 1.25;
/** More than there are of one axis: lengths of 2³² are in bucket 99. */
const bucketsOfAxis = 128;
/** So many batches of one bucket follow each other, for them to be taken in one run; then another bucket has its turn. */
const batchesTogether = 8;

export interface EpochOrder {
  /** Those of the epoch: every example once, or as many of each class. */
  readonly examples: Uint32Array;
  /** The steps of a whole batch, by its number; the rest of the epoch is one more. */
  readonly stepsOf: (batch: number) => Steps;
}

/** @param source - whose lengths, along one axis or two, are at least 1 each */
export function bucketedOrder(source: ExampleLengths, batchSize: number, random: RandomStream): EpochOrder {
  const { T, S } = source.lengths;
  const bucketOf = (lengths: ArrayLike<number> | undefined, example: number) =>
    lengths ? Math.floor(Math.log(lengths[example]!) / Math.log(spread)) : 0;
  /** Behind every bucket of one axis stand those of the other. */
  const buckets = new Map<number, number[]>();
  for (const example of drawExamples(source, random)) {
    const bucket = bucketOf(T, example) * bucketsOfAxis + bucketOf(S, example);
    const own = buckets.get(bucket);
    if (own) own.push(example);
    else buckets.set(bucket, [example]);
  }

  /** Batches that follow each other; all of one length. */
  const groups: { readonly batches: readonly (readonly number[])[]; readonly steps: Steps }[] = [];
  let waiting: number[] = [];
  for (const bucket of [...buckets.keys()].sort((a, b) => a - b)) {
    // too few for a batch go with those that are a little longer
    waiting = [...waiting, ...buckets.get(bucket)!];
    const steps = stepsOf(source, waiting);
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

  const examples: number[] = [];
  const steps: Steps[] = [];
  for (const index of permutation(groups.length, random)) {
    for (const batch of groups[index]!.batches) {
      examples.push(...batch);
      steps.push(groups[index]!.steps);
    }
  }
  examples.push(...waiting);
  const rest = stepsOf(source, waiting);
  return { examples: Uint32Array.from(examples), stepsOf: (batch) => steps[batch] ?? rest };
}
