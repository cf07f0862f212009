/** Tokens as numbers. 0 stands for nothing (padding, and the one step of a text without tokens), 1 for every token that is not known. */
import type { TextInput } from '../../engine/spec/inputs.ts';
import { mostFrequent } from './most-frequent.ts';
import { fitSubwords, rememberingSplitter, type Merge } from './subwords.ts';
import { cut, tokenize, type TextReading } from './tokenize.ts';

export const nothing = 0;
export const unknown = 1;
const firstKnown = 2;

/** What is known of the tokens of a column once they are counted. */
export interface Vocabulary {
  /** The known tokens; the first has the id 2. */
  readonly vocabulary: readonly string[];
  /** Of subwords, which words are taken apart into; pairs. */
  readonly merges?: readonly (readonly string[])[];
}

/** What is known of a text column once it is fitted. */
export interface TextFeature extends TextReading, Vocabulary {}

/** V: ids there are, with those that are no tokens. */
export const idCount = (tokens: number): number => tokens + firstKnown;

/** How tokens become a vocabulary. */
type Counted = Pick<TextInput, 'encoding' | 'minimum_count' | 'vocabulary_size'>;

/** @param workFolder - where files may lie meanwhile; the system's own folder for such files if absent */
export async function fitVocabulary(
  texts: Iterable<string> | AsyncIterable<string>,
  input: Counted & TextReading,
  workFolder?: string,
): Promise<Vocabulary> {
  const counts = new Map<string, number>();
  for await (const text of texts)
    for (const token of tokenize(text, input)) counts.set(token, (counts.get(token) ?? 0) + 1);
  return fitCounted(counts, input, workFolder);
}

/**
 * The most frequent tokens, the more frequent first; of equally frequent ones the lesser text. Of subwords those that the tokens, which are words, are made of.
 * @param counts - how often each token is there
 */
export async function fitCounted(
  counts: ReadonlyMap<string, number>,
  input: Counted,
  workFolder?: string,
): Promise<Vocabulary> {
  const { minimum_count: minimum, vocabulary_size: size } = input;
  if (input.encoding === 'subwords') return fitSubwords(counts, { size, minimum, workFolder });
  return {
    vocabulary: mostFrequent(counts, { minimum, most: size }),
  };
}

/** Turns tokens, as `tokenize` has them, into ids: one each, or those of its subwords. */
export function tokenEncoder({ vocabulary, merges }: Vocabulary): (token: string) => readonly number[] {
  const ids = new Map(vocabulary.map((token, index) => [token, [index + firstKnown]]));
  const other = [unknown];
  const idOf = (token: string): readonly number[] => ids.get(token) ?? other;
  if (merges === undefined) return idOf;
  const split = rememberingSplitter(merges as unknown as readonly Merge[]);
  return (token) => split(token).flatMap(idOf);
}

/** Turns texts into ids; at least one each. */
export function textEncoder(feature: TextFeature): (text: string) => Uint32Array {
  const encode = tokenEncoder(feature);
  return (text) => {
    const ids: number[] = [];
    for (const token of tokenize(text, feature)) for (const id of encode(token)) ids.push(id);
    return ids.length === 0 ? Uint32Array.of(nothing) : new Uint32Array(cut(ids, feature));
  };
}
