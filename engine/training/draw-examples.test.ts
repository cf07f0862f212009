import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomStream } from '../random/random-stream.ts';
import { drawExamples } from './draw-examples.ts';

const counted = (numbers: Iterable<number>) => {
  const counts = new Map<number, number>();
  for (const one of numbers) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
};

test('as many examples as there are, as many of each class, and none twice before all of its class have come', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 80 }), fc.nat(1000), (balance, seed) => {
      const drawn = drawExamples({ count: balance.length, balance }, randomStream(seed, 'shuffle'));
      expect(drawn).toHaveLength(balance.length);
      const perClass = [...counted(Array.from(drawn, (example) => balance[example]!)).values()];
      const classes = new Set(balance).size;
      expect(Math.max(...perClass) - Math.min(...perClass)).toBeLessThanOrEqual(1);
      if (balance.length >= classes) expect(perClass).toHaveLength(classes);
      const times = counted(drawn);
      for (const one of new Set(balance)) {
        const own = balance.flatMap((label, example) => (label === one ? [times.get(example) ?? 0] : []));
        expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('the same from where the random numbers stood, and different from epoch to epoch', () => {
  const balance = [0, 0, 0, 0, 0, 0, 1, 1];
  const random = randomStream(3, 'shuffle');
  const first = drawExamples({ count: 8, balance }, random);
  const { position } = random;
  const second = drawExamples({ count: 8, balance }, random);
  expect(second).not.toEqual(first);
  expect(drawExamples({ count: 8, balance }, randomStream(3, 'shuffle', position))).toEqual(second);
});

test('each once where nothing is to be balanced', () => {
  const drawn = drawExamples({ count: 9 }, randomStream(1, 'shuffle'));
  expect([...drawn].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});
