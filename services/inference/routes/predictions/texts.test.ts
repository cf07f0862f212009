import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ClassificationCard } from '../../../../domain/models/classification-card.ts';
import type { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { feedTexts, groupByLength, readTexts } from './texts.ts';

const card = {
  features: {
    inputs: [
      {
        column: 'toString',
        encoding: 'words',
        max_length: 5,
        lowercase: true,
        unicode_normalization: 'NFC',
        truncate: 'end',
        vocabulary: ['free', 'money'],
      },
    ],
    labels: ['ham', 'spam'],
  },
} as unknown as ClassificationCard;

it('reads texts of rows, texts alone and empty ones', () => {
  const ids = readTexts(
    [
      { row: { toString: 'Free what?', other: 1 } },
      { text: 'money' },
      { text: '' },
      { row: { toString: null } },
    ],
    card,
  );
  expect(ids.map((own) => [...own])).toEqual([[2, 1, 1], [3], [0], [0]]);
});

it('takes nothing for a text that every object has, and tells all faults with their places', () => {
  try {
    readTexts([{ row: {} }, { row: { toString: 3 } }, { rows: [{ a: 1 }] }, { text: 'a', row: {} }], card);
    expect.fail('was accepted');
  } catch (error) {
    expect((error as UnrollError).errors).toEqual([
      { pointer: '/inputs/0/row/toString', message: 'expected a text, got nothing' },
      { pointer: '/inputs/1/row/toString', message: 'expected a text, got 3' },
      { pointer: '/inputs/2/rows', message: 'expected row or text for this model, got rows' },
      { pointer: '/inputs/2', message: 'expected a row with "toString", or a text, got neither' },
      { pointer: '/inputs/3', message: 'expected a row or a text, got both' },
    ]);
  }
});

it('runs every text once, none padded to more than there is room for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 60 }),
      (lengths) => {
        const texts = lengths.map((length) => new Uint32Array(length));
        const groups = groupByLength(texts);
        expect(groups.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
        for (const group of groups) {
          const longest = Math.max(...group.map((index) => lengths[index]!));
          if (group.length > 1) expect(group.length * longest).toBeLessThanOrEqual(2 ** 17);
        }
      },
    ),
  );
});

it('pads with nothing', () => {
  const { tokens, lengths } = feedTexts([Uint32Array.of(2, 3), Uint32Array.of(1)]);
  expect(tokens).toEqual({ data: BigInt64Array.of(2n, 3n, 1n, 0n), dims: [2, 2] });
  expect(lengths).toEqual({ data: BigInt64Array.of(2n, 1n), dims: [2] });
});
