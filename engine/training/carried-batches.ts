/**
 * An epoch in which states go on from batch to batch while gradients don't: long windows are cut into chunks with an optimiser step after each (truncated
 * backpropagation through time), and windows that follow each other are read as streams (stateful training). Which step reads what depends
 * on its number in the epoch alone, and on the order of the windows.
 */
import { permutation, type RandomStream } from '../random/random-stream.ts';
import type { ExampleSource } from './example-source.ts';
import { stepsPerEpoch, type Run } from './mini-batches.ts';
import { seriesStreams, streamsOf, type Streams } from './streams.ts';

export interface Carrying {
  /** Of each state, by the name of the program's input: H. */
  readonly states: readonly { readonly name: string; readonly size: number }[];
  /** Steps of a window. */
  readonly windowSteps: number;
  /** Steps of a chunk of it; the last one has what is left. */
  readonly chunkSteps: number;
  /** Windows that begin a series, where every other begins where the one before it ends and its states go on; absent: each window begins anew. */
  readonly seriesStarts?: readonly number[];
  /** Whether each row of a batch is a series from its start on, instead of a stretch of all windows. */
  readonly wholeSeries?: boolean;
}

/** Which part of its windows each batch of a run reads, and who goes on from its states. */
export interface CarriedBatches {
  /** The first step, of each batch. */
  readonly from: readonly number[];
  /** [K·N]: 1 for the rows that go on, 0 for those that begin anew. */
  readonly keep: Float32Array;
}

const chunksOf = ({ windowSteps, chunkSteps }: Carrying): number => Math.ceil(windowSteps / chunkSteps);

/** How many optimiser steps an epoch takes, whether states are carried or not. */
export function epochSteps(
  { count, carrying }: Pick<ExampleSource, 'count' | 'carrying'>,
  batchSize: number,
  parts: number,
): number {
  if (carrying === undefined) return stepsPerEpoch(count, batchSize, parts);
  const batches = streamsIn(count, carrying, batchSize)?.batches ?? Math.ceil(count / batchSize);
  return batches * chunksOf(carrying);
}

/** The streams in which windows that follow each other are read; null where they don't. */
const streamsIn = (
  count: number,
  { seriesStarts, wholeSeries }: Carrying,
  batchSize: number,
): Streams | null =>
  seriesStarts
    ? (wholeSeries === true ? seriesStreams : streamsOf)({ count, seriesStarts }, batchSize)
    : null;

interface Batch {
  readonly windows: Uint32Array;
  /** Of their first chunk. */
  readonly keep: Float32Array;
}

/** The batches of an epoch by their number: streams, or windows in random order that each begin anew. */
function epochBatches(
  count: number,
  carrying: Carrying,
  batchSize: number,
  random: RandomStream,
): (index: number) => Batch {
  const streams = streamsIn(count, carrying, batchSize);
  if (streams) return (index) => streams.batch(index);
  const order = permutation(count, random);
  return (index) => {
    const windows = order.subarray(index * batchSize, (index + 1) * batchSize);
    return { windows, keep: new Float32Array(windows.length) };
  };
}

/**
 * One epoch: every step of every window once. Batches of one run have as many rows and steps as each other.
 * @param batchesPerRun - asked before each run, since it is found while training
 * @param taken - optimiser steps of this epoch that were taken before: it goes on after them
 */
export function* carriedRuns(
  { count, carrying, longest }: Pick<ExampleSource, 'count' | 'longest'> & { readonly carrying: Carrying },
  batchSize: number,
  random: RandomStream,
  batchesPerRun: () => number,
  taken = 0,
): Generator<Run> {
  const chunks = chunksOf(carrying);
  const total = epochSteps({ count, carrying }, batchSize, 1);
  const batchAt = epochBatches(count, carrying, batchSize, random);
  const at = (step: number) => {
    const from = (step % chunks) * carrying.chunkSteps;
    const batch = batchAt(Math.floor(step / chunks));
    return {
      windows: batch.windows,
      keep: from === 0 ? batch.keep : new Float32Array(batch.windows.length).fill(1),
      from,
      T: Math.min(carrying.chunkSteps, carrying.windowSteps - from),
    };
  };
  for (let step = taken; step < total;) {
    const first = at(step);
    const own = [first];
    for (const most = batchesPerRun(); own.length < most && step + own.length < total;) {
      const next = at(step + own.length);
      if (next.T !== first.T || next.windows.length !== first.windows.length) break;
      own.push(next);
    }
    const N = first.windows.length;
    const examples = new Uint32Array(own.length * N);
    const keep = new Float32Array(own.length * N);
    own.forEach((batch, index) => {
      examples.set(batch.windows, index * N);
      keep.set(batch.keep, index * N);
    });
    const ended = own.filter(({ from, T }) => from + T === carrying.windowSteps).length;
    yield {
      examples,
      batches: own.length,
      parts: 1,
      partSize: N,
      // a window with one output has it at its end, and is not cut
      steps: { T: first.T, S: longest.S === 1 ? 1 : Math.min(first.T, longest.S) },
      carried: { from: own.map(({ from }) => from), keep },
      completed: ended * N,
    };
    step += own.length;
  }
}
