import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomStream } from '../random/random-stream.ts';
import { bucketedOrder } from './length-buckets.ts';
import { epochRuns, stepsPerEpoch } from './mini-batches.ts';

const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 200 });
const batchSize = fc.integer({ min: 1, max: 16 });

test('every window once, in batches that hold their windows, one length to a run', () => {
  fc.assert(
    fc.property(
      lengths,
      batchSize,
      fc.integer({ min: 1, max: 5 }),
      fc.nat(9),
      (own, size, stepsPerRun, seed) => {
        const source = { count: own.length, steps: Math.max(...own), lengths: own };
        const runs = [...epochRuns(source, size, 1, randomStream(seed, 'shuffle'), () => stepsPerRun)];
        const windows = runs.flatMap((run) => [...run.windows]);
        expect(windows.toSorted((a, b) => a - b)).toEqual(own.map((_, index) => index));
        for (const run of runs) {
          expect(run.T).toBeGreaterThanOrEqual(Math.max(...[...run.windows].map((window) => own[window]!)));
          expect(run.T).toBeLessThanOrEqual(source.steps);
        }
        expect(runs.reduce((sum, { steps }) => sum + steps, 0)).toBe(stepsPerEpoch(own.length, size, 1));
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
      (own, size, stepsPerRun, seed) => {
        const source = { count: own.length, steps: Math.max(...own), lengths: own };
        const steps = (each: number, taken = 0) =>
          [...epochRuns(source, size, 1, randomStream(seed, 'shuffle'), () => each, taken)].flatMap((run) =>
            Array.from({ length: run.steps }, (_, step) => ({
              T: run.T,
              windows: [...run.windows.subarray(step * run.partSize, (step + 1) * run.partSize)],
            })),
          );
        const one = steps(1);
        expect(steps(stepsPerRun)).toEqual(one);
        const skipped = Math.floor(one.length / 2);
        const taken = one.slice(0, skipped).reduce((sum, { windows }) => sum + windows.length, 0);
        expect(steps(stepsPerRun, taken)).toEqual(one.slice(skipped));
      },
    ),
  );
});

test('little of a batch is padding where there is enough to choose from', () => {
  const random = randomStream(1, 'lengths');
  const own = Array.from({ length: 3000 }, () => 1 + random.integer(200));
  const { windows, stepsOf } = bucketedOrder(own, 32, randomStream(1, 'shuffle'));
  const padded = [...windows].reduce((sum, _, index) => sum + stepsOf(Math.floor(index / 32)), 0);
  expect(padded / own.reduce((sum, length) => sum + length, 0)).toBeLessThan(1.25);
});

test('another epoch has another order, from the same stream', () => {
  const own = Array.from({ length: 64 }, (_, index) => 1 + (index % 7));
  const shuffling = randomStream(3, 'shuffle');
  const [first, second] = [bucketedOrder(own, 4, shuffling), bucketedOrder(own, 4, shuffling)];
  expect([...first.windows]).not.toEqual([...second.windows]);
});
