/** Runs of mini-batches: which windows each optimiser step learns from. */
import { permutation, type RandomStream } from '../random/random-stream.ts';

/** Mini-batches that one run of the program takes together; all of one size. */
export interface Run {
  /** One after another: `steps` batches of `parts` parts of `partSize` windows. */
  readonly windows: Uint32Array;
  readonly steps: number;
  readonly parts: number;
  readonly partSize: number;
}

/**
 * One epoch: every window once, in a new random order. What is left over at the end is a smaller batch of as many whole
 * parts as there are, and one of the rest.
 * @param parts - into which each batch is cut; they divide batchSize
 * @param stepsPerRun - asked before each run, since it is found while training
 * @param taken - windows of this epoch that earlier runs have had: it goes on after them
 */
export function* epochRuns(
  count: number,
  batchSize: number,
  parts: number,
  random: RandomStream,
  stepsPerRun: () => number,
  taken = 0,
): Generator<Run> {
  const order = permutation(count, random);
  const partSize = batchSize / parts;
  let start = taken;
  const take = (steps: number, ofParts: number, size: number): Run => {
    const windows = order.subarray(start, (start += steps * ofParts * size));
    return { windows, steps, parts: ofParts, partSize: size };
  };
  for (let left = Math.floor((count - taken) / batchSize); left > 0;) {
    const steps = Math.min(stepsPerRun(), left);
    yield take(steps, parts, partSize);
    left -= steps;
  }
  const wholeParts = Math.floor((count - start) / partSize);
  if (wholeParts > 0) yield take(1, wholeParts, partSize);
  if (start < count) yield take(1, 1, count - start);
}

/** How many optimiser steps an epoch takes. */
export function stepsPerEpoch(count: number, batchSize: number, parts: number): number {
  const rest = count % batchSize;
  const partSize = batchSize / parts;
  return Math.floor(count / batchSize) + (rest >= partSize ? 1 : 0) + (rest % partSize > 0 ? 1 : 0);
}
