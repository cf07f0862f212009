/**
 * Texts that are written, as numbers and back. 0 fills up what is shorter than others, 1 stands for every token that is not known, 2 stands before the
 * first token, 3 is written behind the last one.
 */
import type { TokenWriting } from '../../engine/spec/decoder-shape.ts';
import type { TextTarget } from '../../engine/spec/targets.ts';
import { rememberingSplitter, type Merge } from './subwords.ts';
import { tokenize, type TextReading } from './tokenize.ts';
import { fitVocabulary, type Vocabulary } from './vocabulary.ts';

export const targetIds = { pad: 0, unknown: 1, start: 2, end: 3 } as const;
const firstKnown = 4;

/** What is written for a token that is not known. */
export const unknownToken = '<unk>';

/** Ids of all that can be written, the end included. */
export const writableIds = (tokens: number): readonly number[] => [
  targetIds.unknown,
  targetIds.end,
  ...Array.from({ length: tokens }, (_, index) => index + firstKnown),
];

/** What is known of a text column that is written, once it is fitted. */
export interface TargetFeature extends Vocabulary {
  readonly column: string;
  readonly encoding: TextTarget['encoding'];
  /** Tokens that are written at most. */
  readonly max_length: number;
  readonly lowercase: boolean;
  readonly unicode_normalization: TextTarget['unicode_normalization'];
}

/** V: ids there are, with those that are no tokens. */
export const targetIdCount = (tokens: number): number => tokens + firstKnown;

/** What a network writes such texts with. @param vocabulary - V */
export const tokenWriting = (
  vocabulary: number,
  { embedding_size: embeddingSize }: Pick<TextTarget, 'embedding_size'>,
): TokenWriting => ({
  type: 'tokens',
  vocabulary,
  embeddingSize,
  pad: targetIds.pad,
  start: targetIds.start,
  end: targetIds.end,
});

/** @param most - tokens that are looked at */
const readingOf = (
  target: Pick<TargetFeature, 'encoding' | 'lowercase' | 'unicode_normalization'>,
  most: number,
): TextReading => ({
  encoding: target.encoding,
  lowercase: target.lowercase,
  unicode_normalization: target.unicode_normalization,
  max_length: most,
  truncate: 'end',
});

type Reading = Pick<TargetFeature, 'encoding' | 'lowercase' | 'unicode_normalization' | 'max_length'>;

/** Whether a text has more than max_length tokens, as far as it can be told before subwords are known: of them, whether its words are more. */
export const hasMore = (text: string, target: Reading): boolean =>
  tokenize(text, readingOf(target, target.max_length + 1)).length > target.max_length;

/** The vocabulary of texts that are written, each taken to end at max_length. @param workFolder - as of `fitVocabulary` */
export function fitTargetVocabulary(
  texts: AsyncIterable<string>,
  target: TextTarget,
  workFolder?: string,
): Promise<Vocabulary> {
  return fitVocabulary(texts, { ...target, truncate: 'end' }, workFolder);
}

/** Takes targets apart: their tokens, at most max_length, and whether they have more. */
export function targetReader(
  target: Reading & Pick<Vocabulary, 'merges'>,
): (text: string) => { readonly tokens: readonly string[]; readonly isTooLong: boolean } {
  const most = target.max_length;
  const reading = readingOf(target, most + 1);
  const split = target.merges && rememberingSplitter(target.merges as unknown as readonly Merge[]);
  return (text) => {
    const whole = tokenize(text, reading);
    const tokens = split ? whole.flatMap(split) : whole;
    return { tokens: tokens.slice(0, most), isTooLong: tokens.length > most };
  };
}

/** Turns tokens into ids; the end is not among them. */
export function targetEncoder(vocabulary: readonly string[]): (tokens: readonly string[]) => Uint32Array {
  const ids = new Map(vocabulary.map((token, index) => [token, index + firstKnown]));
  return (tokens) => Uint32Array.from(tokens, (token) => ids.get(token) ?? targetIds.unknown);
}

/** The tokens of ids that were written; padding and start are none. */
export const writtenTokens = (
  ids: readonly number[],
  { vocabulary }: Pick<TargetFeature, 'vocabulary'>,
): readonly string[] =>
  ids.flatMap((id) => (id === targetIds.unknown ? [unknownToken] : (vocabulary[id - firstKnown] ?? [])));

const separators: Record<TextTarget['encoding'], string> = {
  characters: '',
  words: ' ',
  subwords: '',
};

/** The text that tokens make. */
export const joinTokens = (
  tokens: readonly string[],
  { encoding }: Pick<TargetFeature, 'encoding'>,
): string => tokens.join(separators[encoding]);
