/** Which examples an epoch has, in random order: each once, or as many of each class. */
import { permutation, type RandomStream } from '../random/random-stream.ts';
import type { ExampleLengths } from './example-source.ts';

/**
 * As many as there are. Of classes each gets the same share, to within one: its examples in random order, and once more from the first in another order as often
 * as it takes, so that none comes twice as long as another of its class has not come.
 */
export function drawExamples(
  { count, balance }: Pick<ExampleLengths, 'count' | 'balance'>,
  random: RandomStream,
): Uint32Array {
  if (balance === undefined) return permutation(count, random);
  const classes = new Map<number, number[]>();
  for (let example = 0; example < count; example++) {
    const own = classes.get(balance[example]!);
    if (own) own.push(example);
    else classes.set(balance[example]!, [example]);
  }
  const all = [...classes.values()];
  const share = Math.floor(count / all.length);
  const drawn: number[] = [];
  // which classes get one more, where shares are not whole
  permutation(all.length, random).forEach((index, place) => {
    const own = all[index]!;
    const wanted = share + (place < count % all.length ? 1 : 0);
    for (let left = wanted; left > 0; left -= own.length)
      for (const example of permutation(own.length, random).subarray(0, left)) drawn.push(own[example]!);
  });
  return permutation(drawn.length, random).map((place) => drawn[place]!);
}
