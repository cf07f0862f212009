import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RowInputs } from '../../engine/spec/row-inputs.ts';
import type { EncodedRow } from '../features/row.ts';
import { encodedRowsWriter } from './encoded-rows.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-encoded-'));
});
afterEach(() => rm(folder, { recursive: true }));

const scaling = (size: number) => ({
  mean: new Array<number>(size).fill(0),
  std: new Array<number>(size).fill(1),
});

/** A sequence of so many numbers a step, or of ids (0), or none. */
const inputsOf = (perStep: number | null, numbers: number, categories: number): RowInputs => ({
  sequence:
    perStep === null
      ? null
      : perStep === 0
        ? { kind: 'tokens', embedding: { vocabulary: 9, size: 2 }, padded: true }
        : { kind: 'numbers', scaling: scaling(perStep), padded: true },
  numbers: scaling(numbers),
  categories: Array.from({ length: categories }, () => ({ kind: 'one_hot', categories: 3 }) as const),
});

function rowOf(inputs: RowInputs, row: number, steps: number): EncodedRow {
  const { sequence } = inputs;
  const ids = Uint32Array.from({ length: steps }, (_, t) => 4_000_000_000 - row - t);
  const width = sequence?.kind === 'numbers' ? sequence.scaling.mean.length : 0;
  return {
    sequence:
      sequence &&
      (sequence.kind === 'tokens'
        ? ids
        : Float32Array.from({ length: steps * width }, (_, at) => row + at / 7)),
    steps: sequence ? steps : 1,
    numbers: Float32Array.from(inputs.numbers.mean, (_, index) => -row - index / 3),
    categories: Uint32Array.from(inputs.categories, (_, index) => row + index),
  };
}

/** All of a row; typed arrays of this size are compared by their bytes, which is faster. */
const bytesOf = ({ sequence, steps, numbers, categories }: EncodedRow) => ({
  sequence: sequence && [sequence.constructor.name, Buffer.from(sequence.slice().buffer).toString('base64')],
  steps,
  numbers: [...numbers],
  categories: [...categories],
});

function kept(inputs: RowInputs, lengths: readonly number[], maxBytes: number) {
  const path = join(folder, 'rows');
  const writer = encodedRowsWriter({ count: lengths.length, inputs, keeping: { path, maxBytes } });
  lengths.forEach((steps, row) => writer.write(rowOf(inputs, row, steps)));
  return { rows: writer.finish(), path };
}

it('gives back what was written, in any order, from memory and from a file alike', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(null, 0, 1, 40),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(2),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1000, max: 9000 })), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.constantFrom(0, 2_000_000, Infinity),
      (perStep, numbers, categories, lengths, maxBytes) => {
        const inputs = inputsOf(perStep, numbers, categories);
        const { rows, path } = kept(inputs, lengths, maxBytes);
        expect(rows.bytesHeld()).toBeLessThanOrEqual(maxBytes);
        for (const row of [...lengths.keys(), ...lengths.keys()].toReversed())
          expect(bytesOf(rows.read(row))).toEqual(bytesOf(rowOf(inputs, row, lengths[row]!)));
        rows.release();
        expect(existsSync(path)).toBe(false);
      },
    ),
    { numRuns: 30 },
  );
});

it('holds none of what lies in the file, and refuses other numbers of rows than it was told', () => {
  const inputs = inputsOf(40, 0, 0);
  const { rows, path } = kept(inputs, new Array<number>(300).fill(100), 1_000_000);
  expect([rows.bytesHeld(), existsSync(path)]).toEqual([0, true]);
  rows.release();
  const writer = encodedRowsWriter({ count: 1, inputs });
  expect(() => writer.finish()).toThrow('expected 1 rows, got 0');
  writer.write(rowOf(inputs, 0, 1));
  expect(() => {
    writer.write(rowOf(inputs, 1, 1));
  }).toThrow('expected 1 rows, got more');
});
