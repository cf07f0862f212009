import { expect, it } from 'vitest';
import { jobKinds } from './job-kinds.ts';
import { makePlan } from './plan.ts';

const kinds = Object.keys(jobKinds);
const options = { minutes: 10, jobs: 200, seed: 1, workers: 3, apis: 2, json: null, keep: false };

it('is the same for the same seed, and another for another', () => {
  expect(makePlan(options, kinds)).toEqual(makePlan(options, kinds));
  expect(makePlan({ ...options, seed: 2 }, kinds)).not.toEqual(makePlan(options, kinds));
});

it('leaves no kind of job out, and empties Redis and freezes a worker also in a short soak', () => {
  expect(new Set(makePlan(options, kinds).jobs.map(({ kind }) => kind)).size).toBe(kinds.length);
  for (const seed of [1, 2, 3, 4, 5]) {
    const { blows } = makePlan({ ...options, minutes: 0.4, jobs: 6, seed }, kinds);
    const dealt = new Set(blows.map(({ blow }) => blow));
    for (const blow of ['flush redis', 'freeze worker', 'kill worker', 'kill child', 'kill postgres'])
      expect(dealt).toContain(blow);
    expect(blows.map(({ at }) => at)).toEqual(blows.map(({ at }) => at).sort((one, other) => one - other));
  }
});
