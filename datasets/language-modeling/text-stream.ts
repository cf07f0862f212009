/**
 * Texts as one stream of tokens (of subwords the words that they are parts of): a boundary (null), the tokens of the first text, a boundary, those of the second, and so on, and a boundary at the
 * end. It says that a text begins and that one has ended, and is itself foretold.
 */
import type { Split } from '../../engine/spec/data.ts';
import type { TextInput } from '../../engine/spec/inputs.ts';
import { nothing, tokenEncoder, type Vocabulary } from '../features/vocabulary.ts';
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

/** The tokens of a stretch of a stream, without boundaries. */
export function* withoutBoundaries(stream: readonly Token[]): Iterable<string> {
  for (const token of stream) if (token !== null) yield token;
}

/** A stream as ids, those of datasets/features/vocabulary.ts: a boundary is nothing (0). */
export function idsOf(stream: readonly Token[], vocabulary: Vocabulary): Uint32Array {
  const encode = tokenEncoder(vocabulary);
  const ids: number[] = [];
  for (const token of stream) {
    if (token === null) ids.push(nothing);
    else for (const id of encode(token)) ids.push(id);
  }
  return Uint32Array.from(ids);
}
