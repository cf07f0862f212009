import { expect, test } from 'vitest';
import { permutation, randomStream } from './random-stream.ts';

test('a stream goes on where another stood', () => {
  const first = randomStream(7, 'shuffle');
  for (let i = 0; i < 100; i++) first.next();
  const second = randomStream(7, 'shuffle', first.position);
  expect(Array.from({ length: 5 }, () => second.next())).toEqual(
    Array.from({ length: 5 }, () => first.next()),
  );
});

test('streams of other names and seeds are other streams', () => {
  const draw = (seed: number, name: string) => randomStream(seed, name).next();
  expect(new Set([draw(1, 'a'), draw(1, 'b'), draw(2, 'a'), draw(2, 'b')]).size).toBe(4);
});

test('numbers are uniform', () => {
  const stream = randomStream(3, 'uniform');
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[Math.floor(stream.next() * 10)]!++;
  // χ² with 9 degrees of freedom: 27.9 is exceeded once in a thousand seeds
  const chiSquared = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(chiSquared).toBeLessThan(27.9);
});

test('a permutation holds every number once', () => {
  const order = permutation(1000, randomStream(1, 'order'));
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  expect([...order.subarray(0, 10)]).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
