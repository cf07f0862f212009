import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ExampleLengths } from './example-source.ts';
import { randomStream } from '../random/random-stream.ts';
import { bucketedOrder } from './length-buckets.ts';
import { epochRuns, stepsPerEpoch } from './mini-batches.ts';

/** Examples with lengths along one axis, and as many steps to write as half of that along the other, or all alike. */
const sourceOf = (own: readonly number[], alsoWritten = false): ExampleLengths => {
  const written = own.map((length) => 1 + Math.floor(length / 2));
  return {
    count: own.length,
    longest: { T: Math.max(...own), S: alsoWritten ? Math.max(...written) : 1 },
    lengths: { T: own, ...(alsoWritten && { S: written }) },
  };
};

const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 200 });
const batchSize = fc.integer({ min: 1, max: 16 });

test('every window once, in batches that hold their windows, one length to a run', () => {
  fc.assert(
    fc.property(
      lengths,
      batchSize,
      fc.integer({ min: 1, max: 5 }),
      fc.nat(9),
      fc.boolean(),
      (own, size, stepsPerRun, seed, alsoWritten) => {
        const source = sourceOf(own, alsoWritten);
        const runs = [...epochRuns(source, size, 1, randomStream(seed, 'shuffle'), () => stepsPerRun)];
        const examples = runs.flatMap((run) => [...run.examples]);
        expect(examples.toSorted((a, b) => a - b)).toEqual(own.map((_, index) => index));
        for (const run of runs) {
          for (const axis of ['T', 'S'] as const) {
            const needed = [...run.examples].map((example) => source.lengths[axis]?.[example] ?? 1);
            expect(run.steps[axis]).toBeGreaterThanOrEqual(Math.max(...needed));
            expect(run.steps[axis]).toBeLessThanOrEqual(source.longest[axis]);
          }
        }
        expect(runs.reduce((sum, { batches }) => sum + batches, 0)).toBe(stepsPerEpoch(own.length, size, 1));
      },
    ),
  );
});

test('which windows a step learns from, and how long it is, depends neither on the runs nor on where they were taken up', () => {
  fc.assert(
    fc.property(
      lengths,
      batchSize,
      fc.integer({ min: 1, max: 6 }),
      fc.nat(9),
      fc.boolean(),
      (own, size, stepsPerRun, seed, alsoWritten) => {
        const source = sourceOf(own, alsoWritten);
        const steps = (each: number, taken = 0) =>
          [...epochRuns(source, size, 1, randomStream(seed, 'shuffle'), () => each, taken)].flatMap((run) =>
            Array.from({ length: run.batches }, (_, step) => ({
              steps: run.steps,
              examples: [...run.examples.subarray(step * run.partSize, (step + 1) * run.partSize)],
            })),
          );
        const one = steps(1);
        expect(steps(stepsPerRun)).toEqual(one);
        const skipped = Math.floor(one.length / 2);
        const taken = one.slice(0, skipped).reduce((sum, { examples }) => sum + examples.length, 0);
        expect(steps(stepsPerRun, taken)).toEqual(one.slice(skipped));
      },
    ),
  );
});

test('little of a batch is padding where there is enough to choose from', () => {
  const random = randomStream(1, 'lengths');
  const own = Array.from({ length: 3000 }, () => 1 + random.integer(200));
  const { examples, stepsOf } = bucketedOrder(sourceOf(own), 32, randomStream(1, 'shuffle'));
  const padded = [...examples].reduce((sum, _, index) => sum + stepsOf(Math.floor(index / 32)).T, 0);
  expect(padded / own.reduce((sum, length) => sum + length, 0)).toBeLessThan(1.25);
});

test('another epoch has another order, from the same stream', () => {
  const own = Array.from({ length: 64 }, (_, index) => 1 + (index % 7));
  const shuffling = randomStream(3, 'shuffle');
  const [first, second] = [
    bucketedOrder(sourceOf(own), 4, shuffling),
    bucketedOrder(sourceOf(own), 4, shuffling),
  ];
  expect([...first.examples]).not.toEqual([...second.examples]);
});
