import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { Input, type TextInput } from '../../engine/spec/inputs.ts';
import { tokenize } from './tokenize.ts';
import { fitVocabulary, idCount, textEncoder } from './vocabulary.ts';

const input = (changes: Partial<TextInput> & Pick<TextInput, 'encoding'>): TextInput =>
  Value.Parse(Input, Value.Default(Input, { column: 'text', ...changes })) as TextInput;

describe('tokenize', () => {
  const words = input({ encoding: 'words' });
  it.each([
    ["Don't panic, 42!", ["Don't", 'panic', ',', '42', '!']],
    ['naïve  façade\n\tΩμέγα', ['naïve', 'façade', 'Ωμέγα']],
    ['$$$ 日本語 😀', ['$', '$', '$', '日本語', '😀']],
    ['snake_case e-mail', ['snake_case', 'e', '-', 'mail']],
    [' \n ', []],
  ])('takes %j apart into words', (text, expected) => {
    expect(tokenize(text, words)).toEqual(expected);
  });

  it('takes code points for characters, in one Unicode form', () => {
    const characters = input({ encoding: 'characters' });
    expect(tokenize('e\u0301😀', characters)).toEqual(['é', '😀']);
    expect(tokenize('ﬁ', { ...characters, unicode_normalization: 'NFKC' })).toEqual(['f', 'i']);
    expect(tokenize('e\u0301', { ...characters, unicode_normalization: 'none' })).toEqual(['e', '\u0301']);
    expect(tokenize('ÀB', { ...characters, lowercase: true })).toEqual(['à', 'b']);
  });

  it('leaves out the end or the start of what is too long', () => {
    const short = input({ encoding: 'characters', max_length: 3 });
    expect(tokenize('abcde', short).join('')).toBe('abc');
    expect(tokenize('abcde', { ...short, truncate: 'start' }).join('')).toBe('cde');
    const huge = 'x'.repeat(3_000_000);
    expect(tokenize(`${huge}yz`, { ...short, truncate: 'start' }).join('')).toBe('xyz');
  });
});

describe('a vocabulary', () => {
  const texts = ['b a', 'a b', 'c a', 'd'];

  it('has the most frequent first, and nothing rarer than asked for', async () => {
    const words = input({ encoding: 'words', minimum_count: 1 });
    expect((await fitVocabulary(texts, words)).vocabulary).toEqual(['a', 'b', 'c', 'd']);
    expect((await fitVocabulary(texts, { ...words, minimum_count: 2 })).vocabulary).toEqual(['a', 'b']);
    expect((await fitVocabulary(texts, { ...words, vocabulary_size: 1 })).vocabulary).toEqual(['a']);
    expect((await fitVocabulary(['', ' '], words)).vocabulary).toEqual([]);
  });

  it('knows what it knows; all else is one unknown, and an empty text one step of nothing', () => {
    const words = input({ encoding: 'words' });
    const encode = textEncoder({ ...words, vocabulary: ['a', 'b'] });
    expect([...encode('b ? a __proto__ constructor')]).toEqual([3, 1, 2, 1, 1]);
    expect([...encode('')]).toEqual([0]);
    expect([...encode('\n')]).toEqual([0]);
  });

  it('makes ids that its table has, as many as fit, of any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('characters' as const, 'words' as const, 'subwords' as const),
        async (fitted, text, encoding) => {
          const asked = input({ encoding, max_length: 7, minimum_count: 1 });
          const known = await fitVocabulary(fitted, asked);
          const encode = textEncoder({ ...asked, ...known });
          for (const one of [...fitted, text]) {
            const ids = encode(one);
            expect(ids.length).toBeGreaterThanOrEqual(1);
            expect(ids.length).toBeLessThanOrEqual(7);
            expect(Math.max(...ids)).toBeLessThan(idCount(known.vocabulary.length));
          }
          for (const one of fitted) expect([...encode(one)]).not.toContain(1);
        },
      ),
    );
  });
});
