/** Texts become one stream, are cut by place, and are read whole, whatever the length of a window. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TextInput } from '../../engine/spec/inputs.ts';
import { fitCounted } from '../features/vocabulary.ts';
import { streamWriter } from './stream-windows.ts';
import { countTokens, placesOf, streamEncoder, streamOf } from './text-stream.ts';

const input: TextInput = {
  column: 'text',
  encoding: 'characters',
  max_length: 3,
  vocabulary_size: 3,
  minimum_count: 2,
  embedding_size: 4,
  lowercase: true,
  unicode_normalization: 'NFC',
  truncate: 'end',
};

const tokensOf = async (texts: readonly string[], asked: TextInput) => {
  const stream: (string | null)[] = [];
  const count = await streamOf(() => texts, asked)((token, place) => (stream[place] = token));
  expect(count).toBe(stream.length);
  return stream;
};

test('a boundary stands before the first text and after each', async () => {
  const texts = ['Abba', '', 'c'];
  const stream = await tokensOf(texts, input);
  expect(stream).toEqual([null, 'a', 'b', 'b', 'a', null, null, 'c', null]);
  const counts = await countTokens(
    streamOf(() => texts, input),
    8,
  );
  expect([...counts]).toEqual([
    ['a', 2],
    ['b', 2],
    ['c', 1],
  ]);
  expect(
    (
      await countTokens(
        streamOf(() => texts, input),
        7,
      )
    ).has('c'),
  ).toBe(false);
  const known = await fitCounted(counts, input);
  expect(known.vocabulary).toEqual(['a', 'b']);
  expect(stream.flatMap(streamEncoder(known))).toEqual([0, 2, 3, 3, 2, 0, 0, 1, 0]);
  expect(await tokensOf(['Who? me'], { ...input, encoding: 'words' })).toEqual([
    null,
    'who',
    '?',
    'me',
    null,
  ]);
});

test('subwords of a stream are those of its words, and are learnt within words alone', async () => {
  const asked = { ...input, encoding: 'subwords' as const, vocabulary_size: 100, minimum_count: 1 };
  const texts = ['aab aab', 'aab'];
  const stream = await tokensOf(texts, asked);
  expect(stream).toEqual([null, 'aab', ' aab', null, 'aab', null]);
  const known = await fitCounted(
    await countTokens(
      streamOf(() => texts, asked),
      Infinity,
    ),
    asked,
  );
  const ids = stream.flatMap(streamEncoder(known));
  const tokens = ids.map((id) => known.vocabulary[id - 2] ?? null);
  expect(tokens).toEqual(stream);
  expect(known.vocabulary).not.toContain('b a');
});

test('parts follow each other and leave nothing out', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      fc.double({ min: 0.01, max: 0.4, noNaN: true }),
      (tokens, validation, test) => {
        const places = placesOf(tokens, { validation, test });
        expect(places.training[0]).toBe(0);
        expect(places.validation[0]).toBe(places.training[1]);
        expect(places.test).toEqual([places.validation[1], tokens]);
      },
    ),
    { seed: 2 },
  );
});

test('windows foretell every token but the first, once, in order, from memory and from a file alike', () => {
  const path = join(tmpdir(), `unroll-stream-${process.pid}`);
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { minLength: 2, maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(undefined, { path, maxBytes: 0 }),
      (ids, length, keeping) => {
        const writer = streamWriter(length, keeping);
        for (const id of ids) writer.write(id);
        const stream = writer.finish();
        const source = stream.windows;
        expect([stream.length, ...stream]).toEqual([ids.length, ...ids]);
        const [read, foretold]: [number[], number[]] = [[], []];
        for (let window = 0; window < source.count; window++) {
          const [x, y, weights] = [length, length, length].map((size) => new Float32Array(size));
          source.read(Uint32Array.of(window), x!, y!, weights);
          const counted = source.weightsPerOutput ? weights! : new Float32Array(length).fill(1);
          counted.forEach((weight, t) => {
            if (weight === 0) return;
            read.push(x![t]!);
            foretold.push(y![t]!);
          });
        }
        expect(read).toEqual(ids.slice(0, -1));
        expect(foretold).toEqual(ids.slice(1));
        expect(existsSync(path)).toBe(keeping !== undefined);
        stream.release();
        expect(existsSync(path)).toBe(false);
      },
    ),
    { seed: 5 },
  );
});
