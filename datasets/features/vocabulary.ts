/** Tokens as numbers. 0 stands for nothing (padding, and the one step of a text without tokens), 1 for every token that is not known. */
import type { TextInput } from '../../engine/spec/inputs.ts';
import { tokenize, type TextReading } from './tokenize.ts';

export const nothing = 0;
export const unknown = 1;
const firstKnown = 2;

/** What is known of a text column once it is fitted. */
export interface TextFeature extends TextReading {
  /** The known tokens; the first has the id 2. */
  readonly vocabulary: readonly string[];
}

/** V: ids there are, with those that are no tokens. */
export const idCount = (tokens: number): number => tokens + firstKnown;

/** The most frequent tokens, the more frequent first; of equally frequent ones the lesser text. */
export function fitVocabulary(texts: Iterable<string>, input: TextInput): readonly string[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const token of tokenize(text, input)) counts.set(token, (counts.get(token) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= input.minimum_count)
    .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .slice(0, input.vocabulary_size)
    .map(([token]) => token);
}

/** Turns texts into ids; at least one each. */
export function textEncoder(feature: TextFeature): (text: string) => Uint32Array {
  const ids = new Map(feature.vocabulary.map((token, index) => [token, index + firstKnown]));
  return (text) => {
    const tokens = tokenize(text, feature);
    if (tokens.length === 0) return Uint32Array.of(nothing);
    return Uint32Array.from(tokens, (token) => ids.get(token) ?? unknown);
  };
}
