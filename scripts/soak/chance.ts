/** Random choices of the plan: the same seed and name choose the same, so that a soak can be played again. */
import { randomStream } from '../../engine/random/random-stream.ts';

export interface Chance {
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  /** True that often. */
  holds(probability: number): boolean;
  one<Item>(items: readonly Item[]): Item;
  /** By weight. */
  weighted<Item extends string>(weights: Readonly<Record<Item, number>>): Item;
}

export function chance(seed: number, name: string): Chance {
  const random = randomStream(seed, name);
  return {
    between: (from, to) => from + (to - from) * random.next(),
    holds: (probability) => random.next() < probability,
    one: (items) => {
      const item = items[random.integer(items.length)];
      if (item === undefined) throw new Error('internal: nothing to choose from');
      return item;
    },
    weighted: <Item extends string>(weights: Readonly<Record<Item, number>>) => {
      const entries = Object.entries(weights) as [Item, number][];
      let left = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of entries) {
        left -= weight;
        if (left < 0) return item;
      }
      return entries.at(-1)![0];
    },
  };
}
