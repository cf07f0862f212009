import fc from 'fast-check';
import { expect, it } from 'vitest';
import { examplesOf } from './examples.ts';

const sizes = { rows: fc.integer({ min: 1, max: 60 }), length: fc.integer({ min: 1, max: 20 }) };

it('is the whole series without windows', () => {
  expect(examplesOf({ start: 7, rows: 5 }, { window: undefined, isTraining: true, everyRow: true })).toEqual([
    { start: 7, length: 5 },
  ]);
});

it('judges every row with a label once, and learns from each', () => {
  fc.assert(
    fc.property(sizes.rows, sizes.length, fc.integer({ min: 1, max: 25 }), (rows, length, stride) => {
      const window = { length, stride: Math.min(stride, length) };
      const times = (isTraining: boolean) => {
        const counts = new Array<number>(rows).fill(0);
        for (const one of examplesOf({ start: 3, rows }, { window, isTraining, everyRow: true })) {
          expect(one.length).toBeLessThanOrEqual(length);
          for (let row = 0; row < one.length; row++) counts[one.start - 3 + row]! += 1;
        }
        return counts;
      };
      expect(times(false)).toEqual(new Array(rows).fill(1));
      expect(Math.min(...times(true))).toBeGreaterThanOrEqual(1);
    }),
  );
});

it('has whole windows alone where the series has one label', () => {
  fc.assert(
    fc.property(sizes.rows, sizes.length, fc.boolean(), (rows, length, isTraining) => {
      const examples = examplesOf(
        { start: 0, rows },
        { window: { length, stride: 2 }, isTraining, everyRow: false },
      );
      expect(examples.length).toBeGreaterThanOrEqual(1);
      for (const one of examples) expect(one.length).toBe(Math.min(rows, length));
    }),
  );
});
