/**
 * Texts as one stream of tokens (of subwords the words that they are parts of): a boundary (null), the tokens of the first text, a boundary, those of the second, and so on, and a boundary at the
 * end. It says that a text begins and that one has ended, and is itself foretold.
 */
import type { Split } from '../../engine/spec/data.ts';
import type { TextInput } from '../../engine/spec/inputs.ts';
import { nothing, tokenEncoder, type Vocabulary } from '../features/vocabulary.ts';
import { tokensOf } from '../features/tokenize.ts';
import type { PartName } from '../windows/windows.ts';

type Token = string | null;

/** Gives each token and its place, one after the other. How many there are. */
export type EachToken = (take: (token: Token, place: number) => void) => Promise<number>;

/** @param texts - which are read again each time; whole ones: `max_length` cuts none off */
export const streamOf =
  (texts: () => Iterable<string> | AsyncIterable<string>, input: TextInput): EachToken =>
  async (take) => {
    let place = 0;
    take(null, place++);
    for await (const text of texts()) {
      for (const token of tokensOf(text, input)) take(token, place++);
      take(null, place++);
    }
    return place;
  };

/** Where each part begins and ends in a stream of so many tokens: training first, then validation, then test. */
export function placesOf(
  tokens: number,
  { validation, test }: Split,
): Readonly<Record<PartName, readonly [from: number, to: number]>> {
  const first = Math.round(tokens * (1 - validation - test));
  const second = Math.round(tokens * (1 - test));
  return { training: [0, first], validation: [first, second], test: [second, tokens] };
}

/** How often each token stands before a place; boundaries are none. */
export async function countTokens(each: EachToken, end: number): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  await each((token, place) => {
    if (token !== null && place < end) counts.set(token, (counts.get(token) ?? 0) + 1);
  });
  return counts;
}

const boundary = [nothing];

/** Turns tokens of a stream into ids, those of datasets/features/vocabulary.ts: a boundary is nothing (0). */
export function streamEncoder(vocabulary: Vocabulary): (token: Token) => readonly number[] {
  const encode = tokenEncoder(vocabulary);
  return (token) => (token === null ? boundary : encode(token));
}
