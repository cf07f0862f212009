import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seriesStreams, streamsOf } from './streams.ts';

const series = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

test('every window is read once, and a row goes on exactly where its window follows on the one before', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 12 }), (lengths, rows) => {
      const seriesStarts = lengths.map((_, index) =>
        lengths.slice(0, index).reduce((sum, length) => sum + length, 0),
      );
      const count = lengths.reduce((sum, length) => sum + length, 0);
      const streams = streamsOf({ count, seriesStarts }, rows);
      const read: number[] = [];
      let before: Uint32Array = new Uint32Array();
      for (let index = 0; index < streams.batches; index++) {
        const { windows, keep } = streams.batch(index);
        expect(windows.length).toBeGreaterThan(0);
        expect(windows.length).toBeLessThanOrEqual(index === 0 ? rows : before.length);
        windows.forEach((window, row) => {
          read.push(window);
          if (index > 0) expect(window).toBe(before[row]! + 1);
          expect(keep[row]).toBe(index > 0 && !seriesStarts.includes(window) ? 1 : 0);
        });
        before = windows;
      }
      expect(read.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, window) => window));
    }),
    { seed: 3 },
  );
});

test('series are read one in each row, from start to end, and go on from the row above', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 12 }), (lengths, rows) => {
      const seriesStarts = lengths.map((_, index) =>
        lengths.slice(0, index).reduce((sum, length) => sum + length, 0),
      );
      const count = lengths.reduce((sum, length) => sum + length, 0);
      const streams = seriesStreams({ count, seriesStarts }, rows);
      const read: number[] = [];
      let before: Uint32Array = new Uint32Array();
      for (let index = 0; index < streams.batches; index++) {
        const { windows, keep } = streams.batch(index);
        expect(windows.length).toBeGreaterThan(0);
        expect(windows.length).toBeLessThanOrEqual(rows);
        windows.forEach((window, row) => {
          read.push(window);
          expect(keep[row]).toBe(seriesStarts.includes(window) ? 0 : 1);
          if (keep[row] === 1) expect(window).toBe(before[row]! + 1);
        });
        before = windows;
      }
      expect(read.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, window) => window));
    }),
    { seed: 4 },
  );
});
