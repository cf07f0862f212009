/** Baselines of a language model: how often each token stands in the training part, and how often after each other one. */

import type { Ids } from './stream-windows.ts';

/** Each token with the one before it. The first of a part is given, and not foretold. */
export function* foretold(ids: Ids): Iterable<readonly [previous: number, token: number]> {
  let previous = -1;
  for (const token of ids) {
    if (previous !== -1) yield [previous, token];
    previous = token;
  }
}

/** −log of the probability of a token, and the likeliest one. */
export interface Baseline {
  loss(previous: number, token: number): number;
  likeliest(previous: number): number;
}

/** Each token by its share, one more counted of each (Laplace): (c(w) + 1) / (n + V). */
export function unigram(training: Ids, V: number): Baseline {
  const counts = new Float64Array(V);
  for (const [, token] of foretold(training)) counts[token]! += 1;
  const total = training.length - 1 + V;
  const best = largest(V, (token) => counts[token]!);
  return { loss: (_previous, token) => -Math.log((counts[token]! + 1) / total), likeliest: () => best };
}

/**
 * Each token by what came before it, in a mixture with the unigram (Witten & Bell 1991): (c(v,w) + t(v) p(w)) / (c(v) + t(v)), where t(v) is the number of
 * different tokens after v.
 */
export function bigram(training: Ids, V: number): Baseline {
  const single = unigram(training, V);
  const after = new Map<number, Map<number, number>>();
  for (const [previous, token] of foretold(training)) {
    let counts = after.get(previous);
    if (counts === undefined) after.set(previous, (counts = new Map<number, number>()));
    counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const summed = new Map(
    [...after].map(([previous, counts]) => {
      let [total, best, most] = [0, 0, 0];
      for (const [token, count] of counts) {
        total += count;
        if (count > most || (count === most && token < best)) [best, most] = [token, count];
      }
      return [previous, { counts, total, best }];
    }),
  );
  return {
    loss(previous, token) {
      const seen = summed.get(previous);
      const alone = single.loss(previous, token);
      if (seen === undefined) return alone;
      const { counts, total } = seen;
      return -Math.log(((counts.get(token) ?? 0) + counts.size * Math.exp(-alone)) / (total + counts.size));
    },
    likeliest: (previous) => summed.get(previous)?.best ?? single.likeliest(previous),
  };
}

/** Of the numbers below V, the one of the largest value, the first of equal ones. */
function largest(V: number, valueOf: (index: number) => number): number {
  let best = 0;
  for (let index = 1; index < V; index++) if (valueOf(index) > valueOf(best)) best = index;
  return best;
}
