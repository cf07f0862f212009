/** Runs of mini-batches: which windows each optimiser step learns from. */
import { permutation, type RandomStream } from '../random/random-stream.ts';
import { bucketedOrder, type EpochOrder } from './length-buckets.ts';
import type { WindowSource } from './window-source.ts';

/** Mini-batches that one run of the program takes together; all of one size. */
export interface Run {
  /** One after another: `steps` batches of `parts` parts of `partSize` windows. */
  readonly windows: Uint32Array;
  readonly steps: number;
  readonly parts: number;
  readonly partSize: number;
  /** T: steps of each window, padding included. */
  readonly T: number;
}

/**
 * One epoch: every window once, in a new random order. What is left over at the end is a smaller batch of as many whole
 * parts as there are, and one of the rest. Where windows differ in length, batches are of windows of like lengths and runs of batches of one length.
 * @param parts - into which each batch is cut; they divide batchSize
 * @param stepsPerRun - asked before each run, since it is found while training
 * @param taken - windows of this epoch that earlier runs have had: it goes on after them
 */
export function* epochRuns(
  source: Pick<WindowSource, 'count' | 'steps' | 'lengths'>,
  batchSize: number,
  parts: number,
  random: RandomStream,
  stepsPerRun: () => number,
  taken = 0,
): Generator<Run> {
  const { count } = source;
  const order = epochOrder(source, batchSize, random);
  const partSize = batchSize / parts;
  let start = taken;
  const take = (steps: number, ofParts: number, size: number): Run => {
    const T = order.stepsOf(Math.floor(start / batchSize));
    const windows = order.windows.subarray(start, (start += steps * ofParts * size));
    return { windows, steps, parts: ofParts, partSize: size, T };
  };
  for (let left = Math.floor((count - taken) / batchSize); left > 0;) {
    const steps = alike(order, Math.floor(start / batchSize), Math.min(stepsPerRun(), left));
    yield take(steps, parts, partSize);
    left -= steps;
  }
  const wholeParts = Math.floor((count - start) / partSize);
  if (wholeParts > 0) yield take(1, wholeParts, partSize);
  if (start < count) yield take(1, 1, count - start);
}

function epochOrder(
  { count, steps, lengths }: Pick<WindowSource, 'count' | 'steps' | 'lengths'>,
  batchSize: number,
  random: RandomStream,
): EpochOrder {
  if (lengths) return bucketedOrder(lengths, batchSize, random);
  return { windows: permutation(count, random), stepsOf: () => steps };
}

/** How many of the next `most` batches have as many steps as the first of them. */
function alike({ stepsOf }: EpochOrder, first: number, most: number): number {
  let count = 1;
  while (count < most && stepsOf(first + count) === stepsOf(first)) count++;
  return count;
}

/** How many optimiser steps an epoch takes. */
export function stepsPerEpoch(count: number, batchSize: number, parts: number): number {
  const rest = count % batchSize;
  const partSize = batchSize / parts;
  return Math.floor(count / batchSize) + (rest >= partSize ? 1 : 0) + (rest % partSize > 0 ? 1 : 0);
}
