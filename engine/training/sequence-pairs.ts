/** Pairs of sequences, as batches: padded to one length, the target behind its start and before its end. */
import { randomStream } from '../random/random-stream.ts';
import type { Value } from '../runtime/session.ts';
import type { TokenWriting } from '../spec/decoder-shape.ts';

export interface SequencePair {
  /** Ids of what is read; a vector of numbers where a vector is read. */
  readonly source: readonly number[];
  /** Ids of what is to be written, without start and end. */
  readonly target: readonly number[];
}

/** What is read, rows first: `x` [N,T,1] ids (0 behind the end) and `mask` [N,T]. */
export function readSequences(sources: readonly (readonly number[])[]): { x: Value; mask: Value } {
  const T = Math.max(1, ...sources.map(({ length }) => length));
  const N = sources.length;
  const [x, mask] = [new Float32Array(N * T), new Float32Array(N * T)];
  sources.forEach((source, row) => {
    x.set(source, row * T);
    mask.fill(1, row * T, row * T + source.length);
  });
  return { x: { data: x, dims: [N, T, 1] }, mask: { data: mask, dims: [N, T] } };
}

/** What is to be written, by the names of writerInputs, of K batches of N pairs: `previous`, `y` and `weights`, each [K,S,N,1]. */
export function writtenBatches(
  { start, end, pad }: TokenWriting,
  batches: readonly (readonly SequencePair[])[],
): Record<'previous' | 'y' | 'weights', Value> {
  const K = batches.length;
  const N = batches[0]!.length;
  const S = 1 + Math.max(...batches.flat().map(({ target }) => target.length));
  const [previous, y, weights] = ['previous', 'y', 'weights'].map(() => new Float32Array(K * S * N));
  previous!.fill(pad);
  y!.fill(pad);
  batches.forEach((pairs, k) => {
    pairs.forEach(({ target }, n) => {
      const at = (step: number) => (k * S + step) * N + n;
      previous![at(0)] = start;
      [...target, end].forEach((id, step) => {
        y![at(step)] = id;
        weights![at(step)] = 1;
        if (step + 1 < S) previous![at(step + 1)] = id;
      });
    });
  });
  const dims = [K, S, N, 1];
  return {
    previous: { data: previous!, dims },
    y: { data: y!, dims },
    weights: { data: weights!, dims },
  };
}

/** What is read, by the names of writerInputs, of K batches of N sequences of ids: `x` [K,T,N,1] and `mask` [K,T,N]. */
export function readBatches(batches: readonly (readonly SequencePair[])[]): Record<'x' | 'mask', Value> {
  const K = batches.length;
  const N = batches[0]!.length;
  const T = Math.max(1, ...batches.flat().map(({ source }) => source.length));
  const [x, mask] = [new Float32Array(K * T * N), new Float32Array(K * T * N)];
  batches.forEach((pairs, k) => {
    pairs.forEach(({ source }, n) => {
      source.forEach((id, step) => {
        x[(k * T + step) * N + n] = id;
        mask[(k * T + step) * N + n] = 1;
      });
    });
  });
  return { x: { data: x, dims: [K, T, N, 1] }, mask: { data: mask, dims: [K, T, N] } };
}

/**
 * Of scheduled sampling (Bengio et al. 2015): 1 where the decoder goes on from what it wrote itself, with the given probability; 0 at the first step,
 * where there is nothing yet. The same seed and step of the optimiser give the same coins.
 * @param shape - K optimiser steps from `taken` on, S steps, N rows
 */
export function samplingCoins(
  probability: number,
  [K, S, N]: readonly [number, number, number],
  seed: number,
  taken: number,
): Value {
  const coins = new Float32Array(K * S * N);
  for (let k = 0; k < K; k++) {
    const random = randomStream(seed, `scheduled sampling ${taken + k}`);
    for (let index = N; index < S * N; index++)
      coins[k * S * N + index] = random.next() < probability ? 1 : 0;
  }
  return { data: coins, dims: [K, S, N] };
}
