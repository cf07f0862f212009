import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partNames } from '../windows/windows.ts';
import { planSplit } from './plan-split.ts';
import { shareOut, splitByGroup, splitByLabel } from './split.ts';

const share = fc.double({ min: 0.01, max: 0.49, noNaN: true });

describe('splitByLabel', () => {
  it('gives every row to one part, each label its shares, and training at least one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.01, max: 0.49, noNaN: true }),
        fc.double({ min: 0.01, max: 0.49, noNaN: true }),
        fc.nat(5),
        (labels, validation, test, seed) => {
          const split = { validation, test };
          const parts = splitByLabel(Uint32Array.from(labels), 4, split, seed);
          const rows = partNames.flatMap((part) => [...parts[part]]);
          expect(rows.toSorted((a, b) => a - b)).toEqual(labels.map((_, row) => row));
          for (const label of new Set(labels)) {
            const expected = shareOut(labels.filter((one) => one === label).length, split);
            expect(expected.training).toBeGreaterThan(0);
            for (const part of partNames)
              expect([...parts[part]].filter((row) => labels[row] === label)).toHaveLength(expected[part]);
          }
        },
      ),
    );
  });

  it('is decided by the seed', () => {
    const labels = Uint32Array.from({ length: 100 }, (_, row) => row % 2);
    const at = (seed: number) => splitByLabel(labels, 2, { validation: 0.15, test: 0.15 }, seed).test.join();
    expect(at(1)).toBe(at(1));
    expect(at(1)).not.toBe(at(2));
  });
});

describe('splitByGroup', () => {
  it('keeps all rows of one key on one side, gives every part some as soon as there are three keys, and is what was planned', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 100 }),
        share,
        share,
        fc.nat(5),
        (keys, validation, test, seed) => {
          const split = { validation, test };
          const different = [...new Set(keys)].sort((a, b) => a - b);
          const groups = Uint32Array.from(keys, (key) => different.indexOf(key));
          const parts = splitByGroup(groups, different.length, split, seed);
          const rows = partNames.flatMap((part) => [...parts[part]]);
          expect(rows.toSorted((a, b) => a - b)).toEqual(keys.map((_, row) => row));
          for (const part of partNames) {
            const own = new Set(Array.from(parts[part], (row) => keys[row]));
            for (const other of partNames)
              if (other !== part) for (const row of parts[other]) expect(own.has(keys[row])).toBe(false);
          }
          const counts = different.map((value) => ({
            value,
            rows: keys.filter((key) => key === value).length,
          }));
          const plan = planSplit({ split: { ...split, by: 'key' }, seed, strata: [], counts });
          for (const part of partNames) expect(plan.windows[part]).toBe(parts[part].length);
          expect(plan.problems.length > 0).toBe(different.length < 3);
        },
      ),
    );
  });

  it('comes near the shares that were asked for where groups are small', () => {
    const groups = Uint32Array.from({ length: 1000 }, (_, row) => Math.floor(row / 5));
    const parts = splitByGroup(groups, 200, { validation: 0.2, test: 0.1 }, 3);
    expect(Math.abs(parts.validation.length - 200)).toBeLessThanOrEqual(10);
    expect(Math.abs(parts.test.length - 100)).toBeLessThanOrEqual(10);
  });
});

it.each([
  [[{ value: 'holdout', rows: 3 }], /expected training, validation or test.*got "holdout" in 3 rows/],
  [
    [
      { value: null, rows: 1 },
      { value: 'test', rows: 3 },
    ],
    /got null in 1 rows/,
  ],
  [
    [
      { value: 'training', rows: 3 },
      { value: 'test', rows: 3 },
    ],
    /got none of validation/,
  ],
])('a given split of %j is refused', (counts, message) => {
  const split = { validation: 0.1, test: 0.1, column: 'part' };
  const { problems } = planSplit({ split, seed: 0, strata: [], counts });
  expect(problems).toEqual([
    { pointer: '/data/split/column', message: expect.stringMatching(message) as unknown },
  ]);
});

it('a given split has the names of parts, or those of the folders of archives', () => {
  const rows = { training: 1, train: 2, validation: 4, valid: 8, val: 16, test: 32 };
  const counts = Object.entries(rows).map(([value, count]) => ({ value, rows: count }));
  const split = { validation: 0.1, test: 0.1, column: 'part' };
  expect(planSplit({ split, seed: 0, strata: [], counts })).toEqual({
    problems: [],
    windows: { training: 3, validation: 28, test: 32 },
  });
});
