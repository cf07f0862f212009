import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsNeeded } from './rows-needed.ts';
import { splitSeries } from './split.ts';
import { partNames, windowStarts, windowsOf } from './windows.ts';

const window = fc.record({
  length: fc.integer({ min: 1, max: 20 }),
  horizon: fc.integer({ min: 1, max: 10 }),
  stride: fc.integer({ min: 1, max: 7 }),
});
const share = fc.double({ min: 0.01, max: 0.49, noNaN: true });
const split = fc.record({ validation: share, test: share });
const rows = fc.integer({ min: 0, max: 400 });

describe('split', () => {
  it('is 70, 15 and 15 of 100', () => {
    expect(splitSeries(100, { validation: 0.15, test: 0.15 })).toEqual({
      trainingEnd: 70,
      validationEnd: 85,
      rows: 100,
    });
  });

  it('gives validation and test their shares, to half a row, and training the rest', () => {
    fc.assert(
      fc.property(rows, split, (count, shares) => {
        const parts = splitSeries(count, shares);
        expect(Math.abs(parts.rows - parts.validationEnd - count * shares.test)).toBeLessThanOrEqual(0.5);
        expect(parts.validationEnd - parts.trainingEnd - count * shares.validation).toBeLessThanOrEqual(0.5);
        expect(parts.trainingEnd).toBeGreaterThanOrEqual(0);
        expect(parts.validationEnd).toBeGreaterThanOrEqual(parts.trainingEnd);
      }),
    );
  });
});

describe('windows', () => {
  it('of 20 rows, 4 long, 2 ahead, 3 apart', () => {
    const parts = { trainingEnd: 12, validationEnd: 16, rows: 20 };
    const shape = { length: 4, horizon: 2, stride: 3 };
    const series = [{ start: 100, parts }];
    // 100-103 → 104-105, 103-106 → 107-108, 106-109 → 110-111.
    expect([...windowStarts('training', series, shape)]).toEqual([100, 103, 106]);
    // Forecasts 112-113, 113-114, 114-115.
    expect([...windowStarts('validation', series, shape)]).toEqual([108, 109, 110]);
    expect([...windowStarts('test', series, shape)]).toEqual([112, 113, 114]);
  });

  it('are all those that fit, and no others', () => {
    fc.assert(
      fc.property(rows, split, window, (count, shares, shape) => {
        const parts = splitSeries(count, shares);
        const bounds = {
          training: [0, parts.trainingEnd],
          validation: [parts.trainingEnd, parts.validationEnd],
          test: [parts.validationEnd, count],
        } as const;
        for (const part of partNames) {
          const [from, to] = bounds[part];
          const expected: number[] = [];
          for (let start = 0; start < count; start += part === 'training' ? shape.stride : 1) {
            const origin = start + shape.length;
            if (origin >= from && origin + shape.horizon <= to) expected.push(start);
          }
          expect([...windowStarts(part, [{ start: 0, parts }], shape)]).toEqual(expected);
        }
      }),
    );
  });

  it('of several series follow one another', () => {
    const shape = { length: 2, horizon: 1, stride: 1 };
    const series = [
      { start: 0, parts: splitSeries(10, { validation: 0.2, test: 0.2 }) },
      { start: 10, parts: splitSeries(1, { validation: 0.2, test: 0.2 }) },
      { start: 11, parts: splitSeries(10, { validation: 0.2, test: 0.2 }) },
    ];
    expect([...windowStarts('test', series, shape)]).toEqual([6, 7, 17, 18]);
  });
});

it('so many rows are needed, and one less is too few', () => {
  fc.assert(
    fc.property(window, split, (shape, shares) => {
      const needed = rowsNeeded(shape, shares);
      const fits = (count: number): boolean =>
        partNames.every((part) => windowsOf(part, splitSeries(count, shares), shape).count > 0);
      expect(fits(needed - 1)).toBe(false);
      for (let more = 0; more < 50; more++) expect(fits(needed + more)).toBe(true);
    }),
  );
});
