/**
 * Texts as one stream of tokens: a boundary (null), the tokens of the first text, a boundary, those of the second, and so on, and a boundary at the
 * end. It says that a text begins and that one has ended, and is itself foretold.
 */
import type { Split } from '../../engine/spec/data.ts';
import type { TextInput } from '../../engine/spec/inputs.ts';
import { nothing, unknown } from '../features/vocabulary.ts';
import { tokenize } from '../features/tokenize.ts';
import type { PartName } from '../windows/windows.ts';

type Token = string | null;

/** Of whole texts: `max_length` cuts none off. */
export function streamOf(texts: readonly string[], input: TextInput): readonly Token[] {
  const reading = { ...input, max_length: Infinity };
  const stream: Token[] = [null];
  for (const text of texts) {
    for (const token of tokenize(text, reading)) stream.push(token);
    stream.push(null);
  }
  return stream;
}

/** Where each part begins and ends in a stream of so many tokens: training first, then validation, then test. */
export function placesOf(
  tokens: number,
  { validation, test }: Split,
): Readonly<Record<PartName, readonly [from: number, to: number]>> {
  const first = Math.round(tokens * (1 - validation - test));
  const second = Math.round(tokens * (1 - test));
  return { training: [0, first], validation: [first, second], test: [second, tokens] };
}

/** The most frequent tokens of a stretch of a stream, the more frequent first; of equally frequent ones the lesser text. */
export function frequentTokens(
  stream: readonly Token[],
  { minimum_count: least, vocabulary_size: most }: Pick<TextInput, 'minimum_count' | 'vocabulary_size'>,
): readonly string[] {
  const counts = new Map<string, number>();
  for (const token of stream) if (token !== null) counts.set(token, (counts.get(token) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= least)
    .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([token]) => token);
}

/** A stream as ids, those of datasets/features/vocabulary.ts: a boundary is nothing (0). */
export function idsOf(stream: readonly Token[], vocabulary: readonly string[]): Uint32Array {
  const ids = new Map(vocabulary.map((token, index) => [token, index + 2]));
  return Uint32Array.from(stream, (token) => (token === null ? nothing : (ids.get(token) ?? unknown)));
}
