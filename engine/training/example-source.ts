/** What the training loop needs of data, whatever the network: examples by number, as inputs of its programs. */
import type { Value } from '../runtime/session.ts';
import type { CarriedBatches, Carrying } from './carried-batches.ts';

/** T: steps that are read, S: steps that are written. */
export type Axis = 'T' | 'S';

/** How many steps a batch has along each axis, padding included. */
export type Steps = Readonly<Record<Axis, number>>;

/** What is known of all examples before they are read. */
export interface ExampleLengths {
  readonly count: number;
  /** Of the longest example along each axis. */
  readonly longest: Steps;
  /** Of each example, along the axes along which they differ. */
  readonly lengths: Readonly<Partial<Record<Axis, ArrayLike<number>>>>;
  /** The class of each example, of which epochs are to have as many of one as of another; every example once if absent. */
  readonly balance?: ArrayLike<number>;
}

/** How examples are cut into batches. */
export interface Batches {
  /** One after another: batches of N. */
  readonly examples: Uint32Array;
  readonly N: number;
  /** Of every batch. */
  readonly steps: Steps;
  /** Axes of the batches: [K] for K steps of the optimiser, [K,A] for K of A parts each, [] for one batch. */
  readonly leading: readonly number[];
  /** Of sources that carry states; absent: the first chunk of windows that begin anew. */
  readonly carried?: CarriedBatches;
}

export interface ExampleSource extends ExampleLengths {
  /** Numbers in the inputs of one example of the longest. */
  readonly numbersPerExample: number;
  /** How states go on from batch to batch; they don't if absent. */
  readonly carrying?: Carrying;
  /** The inputs of the problem, by name, behind the axes `leading`. */
  read(batches: Batches): Record<string, Value>;
}

/** What the longest of these examples takes. */
export const stepsOf = (
  { lengths: { T, S }, longest }: ExampleLengths,
  examples: ArrayLike<number>,
): Steps => ({
  T: T ? longestOf(T, examples) : longest.T,
  S: S ? longestOf(S, examples) : longest.S,
});

function longestOf(lengths: ArrayLike<number>, examples: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < examples.length; index++) most = Math.max(most, lengths[examples[index]!]!);
  return most;
}

/** The input `mask` or `weights` of batches: 1 for the steps of an example, 0 for its padding; [length,N] behind the axes of the batches. */
export function within(lengths: ArrayLike<number>, steps: number, { examples, N }: Batches): Float32Array {
  const data = new Float32Array(examples.length * steps);
  examples.forEach((example, index) => {
    const first = Math.floor(index / N) * steps * N + (index % N);
    for (let step = 0; step < Math.min(steps, lengths[example]!); step++) data[first + step * N] = 1;
  });
  return data;
}
