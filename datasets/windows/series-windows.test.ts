import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seriesWindows, startsOfSeries } from './series-windows.ts';
import { splitSeries } from './split.ts';
import { windowStarts } from './windows.ts';

const shape = fc.record({
  steps: fc.integer({ min: 1, max: 9 }),
  reach: fc.integer({ min: 0, max: 4 }),
  horizon: fc.integer({ min: 1, max: 4 }),
  lead: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(Infinity)),
});
const lengths = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });

test('each forecast is made behind the last row of its window, in windows that follow each other', () => {
  fc.assert(
    fc.property(lengths, shape, (rows, { steps, reach, horizon, lead }) => {
      let at = 3;
      const series = rows.map((count) => {
        const start = at;
        at += count;
        return { start, end: at, parts: splitSeries(count, { validation: 0.2, test: 0.3 }) };
      });
      const size = { length: steps + reach, horizon, stride: steps };
      for (const part of ['validation', 'test'] as const) {
        const origins = windowStarts(part, series, size);
        const { starts, seriesStarts, places } = seriesWindows(origins, { series, steps, lead });
        expect(places.length).toBe(origins.length);
        places.forEach((place, index) => {
          const lastRead = starts[Math.floor(place / steps)]! + reach + (place % steps);
          expect(lastRead).toBe(origins[index]! + size.length - 1);
        });
        expect(Array.from(places).every((place, index) => index === 0 || place > places[index - 1]!)).toBe(
          true,
        );
        starts.forEach((start, window) => {
          if (!seriesStarts.includes(window)) expect(start).toBe(starts[window - 1]! + steps);
        });
        // windows of training have what they forecast behind them
        const training = windowStarts('training', series, size);
        expect(startsOfSeries(training, steps)).toEqual(
          series.flatMap(({ start }) => {
            const first = training.indexOf(start);
            return first === -1 ? [] : [first];
          }),
        );
        const firsts = seriesStarts.map((window) => starts[window]!);
        firsts.forEach((first, index) => {
          const own = series.find(({ start, end }) => first >= start && first < end)!;
          const firstOrigin = origins.find((origin) => origin >= own.start && origin < own.end)!;
          const before = Math.floor((firstOrigin + steps - 1 - own.start) / steps);
          expect(first - own.start).toBe(Math.max(0, before - lead) * steps);
          if (lead === Infinity) expect(first).toBe(own.start);
          // what is read begins within the series
          const next = seriesStarts[index + 1] ?? starts.length;
          expect(starts[next - 1]! + reach).toBeLessThan(own.end);
        });
      }
    }),
    { seed: 5 },
  );
});

test('windows begin a series where they leave some rows out', () => {
  expect(startsOfSeries(Uint32Array.of(0, 4, 8, 20, 24, 29), 4)).toEqual([0, 3, 5]);
  expect(startsOfSeries(new Uint32Array(), 4)).toEqual([]);
});
