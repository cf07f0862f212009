/** A soak that takes seconds, so that the judge and what it judges are tried at every change. `npm run soak` is the long one. */
import { expect, it } from 'vitest';
import { runSoak } from '../../scripts/soak/run-soak.ts';
import { printed } from '../../scripts/soak/summary.ts';

it(
  'a few jobs come through half a minute of blows as if nothing had been',
  { timeout: 400_000 },
  async () => {
    const summary = await runSoak(
      { minutes: 0.4, jobs: 6, seed: 5, workers: 2, apis: 1, json: null, keep: false },
      () => undefined,
      new AbortController().signal,
    );
    if (!summary.held) process.stdout.write(`${printed(summary)}\n${summary.log.join('\n')}\n`);
    expect(summary.verdicts.flatMap(({ violations }) => violations)).toEqual([]);
    expect(Object.values(summary.blows).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  },
);
