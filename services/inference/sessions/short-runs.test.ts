import { describe, expect, it } from 'vitest';
import { createShortRuns, type ShortRuns } from './short-runs.ts';

const times = (count: number, work: () => void): void => Array.from({ length: count }).forEach(work);

function known(o: { runs: number; ms: number }): ShortRuns {
  const made = createShortRuns();
  times(o.runs, () => made.ran('model', 400, o.ms));
  return made;
}

describe('createShortRuns', () => {
  it('knows nothing of a model that has not run', () => {
    expect(createShortRuns().isShort('model', 4)).toBe(false);
    expect(known({ runs: 19, ms: 0.1 }).isShort('model', 4)).toBe(false);
  });

  it('takes inputs up to the size that ran in a short time', () => {
    const runs = known({ runs: 20, ms: 0.1 });
    expect(runs.isShort('model', 400)).toBe(true);
    expect(runs.isShort('model', 401)).toBe(false);
    expect(runs.isShort('another', 4)).toBe(false);
  });

  it('has no use for models that run long', () => {
    expect(known({ runs: 50, ms: 3 }).isShort('model', 4)).toBe(false);
  });

  it('forgives a long run among many short ones, not several', () => {
    const runs = known({ runs: 100, ms: 0.1 });
    times(3, () => runs.ran('model', 400, 8));
    expect(runs.isShort('model', 400)).toBe(true);
    times(7, () => runs.ran('model', 400, 8));
    expect(runs.isShort('model', 400)).toBe(false);
    times(19, () => runs.ran('model', 400, 0.1));
    expect(runs.isShort('model', 400)).toBe(false);
    runs.ran('model', 400, 0.1);
    expect(runs.isShort('model', 400)).toBe(true);
  });

  it('judges nothing by longer inputs than it would take', () => {
    const runs = known({ runs: 40, ms: 0.1 });
    times(40, () => runs.ran('model', 4000, 8));
    expect(runs.isShort('model', 400)).toBe(true);
  });
});
