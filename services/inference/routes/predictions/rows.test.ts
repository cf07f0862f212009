import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ClassificationCard } from '../../../../domain/models/classification-card.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import type { PredictionRequest } from './schemas.ts';
import { feedRows, groupByLength, readRows } from './rows.ts';

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

async function read(inputs: PredictionRequest['inputs'], from: ClassificationCard) {
  const faults: FieldError[][] = inputs.map(() => []);
  return { rows: await readRows(inputs, from, faults), faults };
}

it('reads texts of rows, texts alone and empty ones', async () => {
  const { rows, faults } = await read(
    [
      { row: { toString: 'Free what?', other: 1 } },
      { text: 'money' },
      { text: '' },
      { row: { toString: null } },
    ],
    card,
  );
  expect(rows.map(({ encoded }) => [...encoded.sequence!])).toEqual([[2, 1, 1], [3], [0], [0]]);
  expect(faults.flat()).toEqual([]);
});

it('takes nothing for a text that every object has, and tells all faults with their places', async () => {
  const { rows, faults } = await read(
    [{ row: {} }, { row: { toString: 3 } }, { text: 'free' }, { rows: [{ a: 1 }] }, { text: 'a', row: {} }],
    card,
  );
  expect(faults).toEqual([
    [{ pointer: '/inputs/0/row/toString', message: 'expected a text or null, got nothing' }],
    [{ pointer: '/inputs/1/row/toString', message: 'expected a text or null, got 3' }],
    [],
    [
      { pointer: '/inputs/3/rows', message: 'expected row or text for this model, got rows' },
      { pointer: '/inputs/3', message: 'expected a row with "toString", or a text, got neither' },
    ],
    [{ pointer: '/inputs/4', message: 'expected a row or a text, got both' }],
  ]);
  expect(rows.map(({ input, encoded }) => [input, ...encoded.sequence!])).toEqual([[2, 2]]);
});

it('runs every row once, none padded to more than there is room for', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 60 }),
      (lengths) => {
        const groups = groupByLength(lengths);
        expect(groups.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
        for (const group of groups) {
          const longest = Math.max(...group.map((index) => lengths[index]!));
          if (group.length > 1) expect(group.length * longest).toBeLessThanOrEqual(2 ** 17);
        }
      },
    ),
  );
});

const mixed = {
  features: {
    inputs: [
      { column: 'size', mean: 3, std: 2 },
      { column: 'colour', encoding: 'one_hot', type: 'text', categories: ['red', 'blue'] },
      card.features.inputs[0]!,
      { column: 'shop', encoding: 'embedding', type: 'integer', categories: [7], embedding_size: 2 },
    ],
  },
} as unknown as ClassificationCard;

it('feeds numbers in their own units, ids of categories and padded texts; what training never saw counts as unknown, and is told', async () => {
  const { rows } = await read(
    [
      { row: { size: 5, colour: 'blue', toString: 'free money', shop: 7 } },
      { row: { size: -1, colour: 'pink', toString: null, shop: null } },
    ],
    mixed,
  );
  expect(rows.map(({ warnings }) => warnings.map(({ pointer }) => pointer))).toEqual([
    [],
    ['/inputs/1/row/colour'],
  ]);
  const feeds = feedRows(
    rows.map(({ encoded }) => encoded),
    mixed,
  );
  expect(feeds).toEqual({
    tokens: { data: BigInt64Array.of(2n, 3n, 0n, 0n), dims: [2, 2] },
    lengths: { data: BigInt64Array.of(2n, 1n), dims: [2] },
    numbers: { data: Float32Array.of(5, -1), dims: [2, 1] },
    categories: { data: BigInt64Array.of(2n, 1n, 0n, 0n), dims: [2, 2] },
  });
});

it('tells what is longer than the network reads, and reads its beginning', async () => {
  const long = {
    features: {
      inputs: [
        { column: 'signal', encoding: 'sequence', step_size: 2, max_length: 2, mean: 0, std: 1 },
        {
          column: 'sound',
          audio: 'raw',
          reading: { column: 'sound', audio: 'raw', sample_rate: 8000, step_size: 4, max_seconds: 0.001 },
          means: [0, 0, 0, 0],
          stds: [1, 1, 1, 1],
        },
      ],
    },
  } as unknown as ClassificationCard;
  /** 8 kHz, 16 bits, mono. */
  const wavOf = (samples: number): string => {
    const header = Buffer.alloc(44);
    header.write('RIFF');
    header.writeUInt32LE(36 + 2 * samples, 4);
    header.write('WAVEfmt ', 8);
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(8000, 24);
    header.writeUInt32LE(16_000, 28);
    header.writeUInt16LE(2, 32);
    header.writeUInt16LE(16, 34);
    header.write('data', 36);
    header.writeUInt32LE(2 * samples, 40);
    return Buffer.concat([header, Buffer.alloc(2 * samples)]).toString('base64');
  };
  for (const [index, cells, message] of [
    [
      0,
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4, 5],
      ],
      'expected at most 4 numbers, got 5: the first 4 are read, as in training',
    ],
    [
      1,
      [wavOf(8), wavOf(12)],
      'expected at most 0.001 s, got 0.002: the first 0.001 are heard, as in training',
    ],
  ] as const) {
    const feature = long.features.inputs[index]!;
    const own = { features: { inputs: [feature] } } as unknown as ClassificationCard;
    const { rows, faults } = await read(
      cells.map((cell) => ({ row: { [feature.column]: cell } })) as never,
      own,
    );
    expect(faults.flat()).toEqual([]);
    expect(rows.map(({ encoded }) => encoded.steps)).toEqual([2, 2]);
    expect(rows.map(({ warnings }) => warnings)).toEqual([
      [],
      [{ pointer: `/inputs/1/row/${feature.column}`, message }],
    ]);
  }
});

it('tells each wrong value of a row with its place', async () => {
  const { rows, faults } = await read(
    [
      { row: { size: '5', colour: 3, toString: 'a', shop: 1.5 } },
      { text: 'a' },
      { row: { size: 1e39, colour: 'red', shop: 7 } },
    ],
    mixed,
  );
  expect(rows).toEqual([]);
  expect(faults.flat()).toEqual([
    { pointer: '/inputs/0/row/size', message: 'expected a number, got "5"' },
    { pointer: '/inputs/0/row/colour', message: 'expected a text or null, got 3' },
    { pointer: '/inputs/0/row/shop', message: 'expected a whole number or null, got 1.5' },
    { pointer: '/inputs/1/text', message: 'expected row for this model, got text' },
    {
      pointer: '/inputs/1',
      message: 'expected a row with "size", "colour", "toString", "shop", got none',
    },
    {
      pointer: '/inputs/2/row/size',
      message: 'expected a finite number that float32 can hold, got 1e+39',
    },
    { pointer: '/inputs/2/row/toString', message: 'expected a text or null, got nothing' },
  ]);
});

it('tells of texts that are longer than the network reads, which are cut as in training', async () => {
  const long = 'free money free money free';
  const { rows } = await read(
    [{ text: long }, { text: `${long} money` }, { row: { toString: `${long} money free` } }],
    card,
  );
  expect(rows.map(({ encoded }) => encoded.sequence!.length)).toEqual([5, 5, 5]);
  const message = 'expected at most 5 words, got more: the first 5 are read, as in training';
  expect(rows.map(({ warnings }) => warnings)).toEqual([
    [],
    [{ pointer: '/inputs/1/text', message }],
    [{ pointer: '/inputs/2/row/toString', message }],
  ]);
  const [input] = card.features.inputs as readonly object[];
  const start = { features: { inputs: [{ ...input, truncate: 'start' }] } } as unknown as ClassificationCard;
  const { rows: fromEnd } = await read([{ text: `what ${long}` }], start);
  expect([...fromEnd[0]!.encoded.sequence!]).toEqual([2, 3, 2, 3, 2]);
  expect(fromEnd[0]!.warnings[0]!.message).toContain('the last 5 are read');
});
