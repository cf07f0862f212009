/** Runs of mini-batches: which examples each optimiser step learns from. */
import type { RandomStream } from '../random/random-stream.ts';
import type { CarriedBatches } from './carried-batches.ts';
import type { ExampleLengths, Steps } from './example-source.ts';
import { drawExamples } from './draw-examples.ts';
import { bucketedOrder, type EpochOrder } from './length-buckets.ts';

/** Mini-batches that one run of the program takes together; all of one size. */
export interface Run {
  /** One after another: `batches` batches of `parts` parts of `partSize` examples. */
  readonly examples: Uint32Array;
  /** How many steps of the optimiser. */
  readonly batches: number;
  readonly parts: number;
  readonly partSize: number;
  /** Of each example, padding included. */
  readonly steps: Steps;
  /** Where states are carried: what part of its examples each batch reads. */
  readonly carried?: CarriedBatches;
  /** Of the examples, how many have been read to their end with this run; all if absent. */
  readonly completed?: number;
}

/**
 * One epoch: every example once, or as many of each class, in a new random order. What is left over at the end is a smaller batch of as many whole
 * parts as there are, and one of the rest. Where examples differ in length, batches are of examples of like lengths and runs of batches of one length.
 * @param parts - into which each batch is cut; they divide batchSize
 * @param batchesPerRun - asked before each run, since it is found while training
 * @param taken - examples of this epoch that earlier runs have had: it goes on after them
 */
export function* epochRuns(
  source: ExampleLengths,
  batchSize: number,
  parts: number,
  random: RandomStream,
  batchesPerRun: () => number,
  taken = 0,
): Generator<Run> {
  const { count } = source;
  const order = epochOrder(source, batchSize, random);
  const partSize = batchSize / parts;
  let start = taken;
  const take = (batches: number, ofParts: number, size: number): Run => {
    const steps = order.stepsOf(Math.floor(start / batchSize));
    const examples = order.examples.subarray(start, (start += batches * ofParts * size));
    return { examples, batches, parts: ofParts, partSize: size, steps };
  };
  for (let left = Math.floor((count - taken) / batchSize); left > 0;) {
    const batches = alike(order, Math.floor(start / batchSize), Math.min(batchesPerRun(), left));
    yield take(batches, parts, partSize);
    left -= batches;
  }
  const wholeParts = Math.floor((count - start) / partSize);
  if (wholeParts > 0) yield take(1, wholeParts, partSize);
  if (start < count) yield take(1, 1, count - start);
}

function epochOrder(source: ExampleLengths, batchSize: number, random: RandomStream): EpochOrder {
  const { T, S } = source.lengths;
  if (T ?? S) return bucketedOrder(source, batchSize, random);
  return { examples: drawExamples(source, random), stepsOf: () => source.longest };
}

/** How many of the next `most` batches have as many steps as the first of them. */
function alike({ stepsOf }: EpochOrder, first: number, most: number): number {
  const { T, S } = stepsOf(first);
  let count = 1;
  while (count < most && stepsOf(first + count).T === T && stepsOf(first + count).S === S) count++;
  return count;
}

/** How many optimiser steps an epoch takes. */
export function stepsPerEpoch(count: number, batchSize: number, parts: number): number {
  const rest = count % batchSize;
  const partSize = batchSize / parts;
  return Math.floor(count / batchSize) + (rest >= partSize ? 1 : 0) + (rest % partSize > 0 ? 1 : 0);
}
