import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rowWriter } from './row-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-rows-'));
});
afterEach(() => rm(folder, { recursive: true }));

const store = (rows: number, width: number, maxBytes: number) => {
  const writer = rowWriter({ rows, width, path: join(folder, 'rows'), maxBytes });
  for (let row = 0; row < rows; row++)
    writer.write(Float64Array.from({ length: width }, (_, index) => row + index / 100));
  return writer.finish();
};

it('gives back what was written, in any order, from memory and from a file alike', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40_000 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(0, 20_000, 200_000, Infinity),
      fc.array(fc.tuple(fc.nat(), fc.nat(30_000)), { maxLength: 12 }),
      (rows, width, maxBytes, reads) => {
        const kept = store(rows, width, maxBytes);
        for (const [first, length] of reads) {
          const from = first % rows;
          const to = Math.min(rows, from + length);
          const into = new Float64Array((to - from) * width).fill(NaN);
          kept.read(from, to, into);
          const expected = into.map((_, at) => from + Math.floor(at / width) + (at % width) / 100);
          expect(into).toEqual(expected);
          expect(kept.column(width - 1).at(from)).toBe(from + (width - 1) / 100);
        }
        kept.release();
        expect(existsSync(join(folder, 'rows'))).toBe(false);
      },
    ),
    { numRuns: 12 },
  );
});

it('holds no more than it may, however much is read', () => {
  const maxBytes = 10 * 16_384;
  const kept = store(100_000, 4, maxBytes);
  expect(existsSync(join(folder, 'rows'))).toBe(true);
  const into = new Float64Array(4 * 500);
  let most = 0;
  for (let read = 0; read < 2000; read++) {
    const from = (read * 7919) % 99_500;
    kept.read(from, from + 500, into);
    expect(into[0]).toBe(from);
    most = Math.max(most, kept.bytesHeld());
  }
  expect(most).toBeLessThanOrEqual(maxBytes);
  expect(most).toBeGreaterThan(maxBytes / 2);
  kept.release();
});

it('refuses rows that are too few', () => {
  const writer = rowWriter({ rows: 2, width: 1, path: join(folder, 'rows'), maxBytes: Infinity });
  writer.write([1]);
  expect(() => writer.finish()).toThrow('expected 2 rows, got 1');
});
