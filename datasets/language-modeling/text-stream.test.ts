/** Texts become one stream, are cut by place, and are read whole, whatever the length of a window. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TextInput } from '../../engine/spec/inputs.ts';
import { streamWindows } from './stream-windows.ts';
import { fitTokens } from '../features/vocabulary.ts';
import { idsOf, placesOf, streamOf, withoutBoundaries } from './text-stream.ts';

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

test('a boundary stands before the first text and after each', async () => {
  const stream = streamOf(['Abba', '', 'c'], input);
  expect(stream).toEqual([null, 'a', 'b', 'b', 'a', null, null, 'c', null]);
  const known = await fitTokens([withoutBoundaries(stream)], input);
  expect(known.vocabulary).toEqual(['a', 'b']);
  expect([...idsOf(stream, known)]).toEqual([0, 2, 3, 3, 2, 0, 0, 1, 0]);
  expect(streamOf(['Who? me'], { ...input, encoding: 'words' })).toEqual([null, 'who', '?', 'me', null]);
});

test('subwords of a stream are those of its words, and are learnt within words alone', async () => {
  const asked = { ...input, encoding: 'subwords' as const, vocabulary_size: 100, minimum_count: 1 };
  const stream = streamOf(['aab aab', 'aab'], asked);
  expect(stream).toEqual([null, 'aab', ' aab', null, 'aab', null]);
  const known = await fitTokens([withoutBoundaries(stream)], asked);
  const ids = idsOf(stream, known);
  const tokens = Array.from(ids, (id) => known.vocabulary[id - 2] ?? null);
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

test('windows foretell every token but the first, once, in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { minLength: 2, maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      (ids, length) => {
        const source = streamWindows(Uint32Array.from(ids), length);
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
      },
    ),
    { seed: 5 },
  );
});
