/** Texts as characters or words: the same code reads them for training and for predictions. */
import type { TextEncoding, TextInput } from '../../engine/spec/inputs.ts';

/** How a text is taken apart; part of what a model has to remember. */
export type TextReading = Pick<
  TextInput,
  'encoding' | 'max_length' | 'lowercase' | 'unicode_normalization' | 'truncate'
>;

/** Letters, marks and digits that belong together, with apostrophes inside; any other character but spaces stands for itself. */
const wordPattern = /[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)*|[^\s\p{L}\p{M}\p{N}_]/gu;

const takenApart: Record<TextEncoding, (text: string) => readonly string[]> = {
  characters: (text) => Array.from(text),
  words: (text) => text.match(wordPattern) ?? [],
};

/** The most UTF-16 units of a text that are looked at for so many tokens; what lies beyond is cut off first. */
const unitsPerToken: Record<TextEncoding, number> = { characters: 2, words: 64 };

/** @returns at most max_length tokens; none for a text without any */
export function tokenize(text: string, reading: TextReading): readonly string[] {
  const { encoding, max_length: most, truncate } = reading;
  const tokens = takenApart[encoding](normalized(shortened(text, reading), reading));
  if (tokens.length <= most) return tokens;
  return truncate === 'end' ? tokens.slice(0, most) : tokens.slice(-most);
}

/** A text of any size costs no more than one that is read whole: some more than can be needed is kept. */
function shortened(text: string, { encoding, max_length: most, truncate }: TextReading): string {
  const units = 1024 + 8 * unitsPerToken[encoding] * most;
  if (text.length <= units) return text;
  return truncate === 'end' ? text.slice(0, units) : text.slice(-units);
}

function normalized(text: string, { lowercase, unicode_normalization: form }: TextReading): string {
  const composed = form === 'none' ? text : text.normalize(form);
  return lowercase ? composed.toLowerCase() : composed;
}
