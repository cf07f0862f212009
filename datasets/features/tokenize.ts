/** Texts as characters or words, or as the words that subwords are parts of: the same code reads them for training and for predictions. */
import type { TextEncoding, TextInput } from '../../engine/spec/inputs.ts';

/** How a text is taken apart; part of what a model has to remember. */
export type TextReading = Pick<
  TextInput,
  'encoding' | 'max_length' | 'lowercase' | 'unicode_normalization' | 'truncate'
>;

/** Letters, marks and digits that belong together, with apostrophes inside; any other character but spaces stands for itself. */
const wordPattern = /[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)*|[^\s\p{L}\p{M}\p{N}_]/gu;

/**
 * The same with the space before it, and what spaces are left: side by side they are the text. None is long, so that the work that its subwords make is
 * proportional to the text.
 */
const spacedWordPattern =
  / ?[\p{L}\p{M}\p{N}_]{1,64}(?:['’][\p{L}\p{M}]{1,8}){0,4}| ?[^\s\p{L}\p{M}\p{N}_]|\s{1,64}(?!\S)|\s/gu;

const takenApart: Record<TextEncoding, (text: string) => readonly string[]> = {
  characters: (text) => Array.from(text),
  words: (text) => text.match(wordPattern) ?? [],
  subwords: (text) => text.match(spacedWordPattern) ?? [],
};

/** The same one by one: of a text of any size no list is made. */
const oneByOne: Record<TextEncoding, (text: string) => Iterable<string>> = {
  characters: (text) => text,
  words: (text) => matches(text, wordPattern),
  subwords: (text) => matches(text, spacedWordPattern),
};

function* matches(text: string, pattern: RegExp): Iterable<string> {
  for (const [match] of text.matchAll(pattern)) yield match;
}

/** All tokens of a text, however many. */
export const tokensOf = (
  text: string,
  reading: Omit<TextReading, 'max_length' | 'truncate'>,
): Iterable<string> => oneByOne[reading.encoding](normalized(text, reading));

/** The most UTF-16 units of a text that are looked at for so many tokens; what lies beyond is cut off first. */
const unitsPerToken: Record<TextEncoding, number> = { characters: 2, words: 64, subwords: 64 };

/** @returns at most max_length tokens; none for a text without any */
export function tokenize(text: string, reading: TextReading): readonly string[] {
  const tokens = takenApart[reading.encoding](normalized(shortened(text, reading), reading));
  return cut(tokens, reading);
}

/** At most max_length of them. */
export function cut<Token>(
  tokens: readonly Token[],
  { max_length: most, truncate }: Pick<TextReading, 'max_length' | 'truncate'>,
): readonly Token[] {
  if (tokens.length <= most) return tokens;
  return truncate === 'end' ? tokens.slice(0, most) : tokens.slice(-most);
}

/** A text of any size costs no more than one that is read whole: some more than can be needed is kept. */
function shortened(text: string, { encoding, max_length: most, truncate }: TextReading): string {
  const units = 1024 + 8 * unitsPerToken[encoding] * most;
  if (text.length <= units) return text;
  return truncate === 'end' ? text.slice(0, units) : text.slice(-units);
}

function normalized(
  text: string,
  { lowercase, unicode_normalization: form }: Pick<TextReading, 'lowercase' | 'unicode_normalization'>,
): string {
  const composed = form === 'none' ? text : text.normalize(form);
  return lowercase ? composed.toLowerCase() : composed;
}
