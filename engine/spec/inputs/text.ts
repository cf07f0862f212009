/** Columns of text, taken apart into characters, words or parts of words: each is a step. */
import { Type, type Static } from 'typebox';
import { columnOf } from './column.ts';

/** What one encoding of texts says otherwise than another. */
export interface EncodingOptions {
  readonly unit: string;
  readonly vocabularySize: number;
  readonly largestVocabulary?: number;
  readonly embeddingSize: number;
  readonly minimumCount?: string;
}

const optionsOf = (o: EncodingOptions) => ({
  max_length: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 200,
    description: `${o.unit} of a text that are read at most.`,
  }),
  vocabulary_size: Type.Integer({
    minimum: 1,
    maximum: o.largestVocabulary ?? 1_000_000,
    default: o.vocabularySize,
    description: `Different ${o.unit.toLowerCase()} that are told apart at most, the most frequent of the training part; all others are one unknown.`,
  }),
  minimum_count: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 2,
    description:
      o.minimumCount ??
      'What stands in the training part less often than this is unknown; 2 by default, so that what unknown means is learnt.',
  }),
  embedding_size: Type.Integer({
    minimum: 1,
    maximum: 4096,
    default: o.embeddingSize,
    description: 'Length of the vector that is learnt for each.',
  }),
  lowercase: Type.Boolean({ default: false, description: 'Take A for a.' }),
  unicode_normalization: Type.Union([Type.Literal('NFC'), Type.Literal('NFKC'), Type.Literal('none')], {
    default: 'NFC',
    description:
      'Unicode form of all texts, so that what looks the same is the same; NFKC also takes ﬁ for fi and ① for 1.',
  }),
  truncate: Type.Union([Type.Literal('end'), Type.Literal('start')], {
    default: 'end',
    description: 'Which side of a text beyond max_length is left out.',
  }),
});

export const CharactersInput = Type.Object(
  {
    column: columnOf('of text'),
    encoding: Type.Literal('characters'),
    ...optionsOf({ unit: 'Characters', vocabularySize: 1000, embeddingSize: 32 }),
  },
  {
    additionalProperties: false,
    description: 'A text, each of whose characters (Unicode code points) is a step.',
  },
);

export const WordsInput = Type.Object(
  {
    column: columnOf('of text'),
    encoding: Type.Literal('words'),
    ...optionsOf({ unit: 'Words', vocabularySize: 10_000, embeddingSize: 64 }),
  },
  {
    additionalProperties: false,
    description: 'A text, each of whose words and punctuation marks is a step.',
  },
);

export const SubwordsInput = Type.Object(
  {
    column: columnOf('of text'),
    encoding: Type.Literal('subwords'),
    ...optionsOf({
      unit: 'Subwords',
      vocabularySize: 4000,
      largestVocabulary: 30_000,
      embeddingSize: 64,
      minimumCount:
        'Two neighbours become one subword as long as they stand side by side in the training part at least so often; characters that stand there less often are unknown.',
    }),
  },
  {
    additionalProperties: false,
    description:
      'A text, each of whose byte-pair subwords (Sennrich et al. 2016) is a step: from characters on, the most frequent neighbours in words of the training part become one, again and again. A subword that begins a word has the space before it; side by side they are the text again.',
  },
);

export type TextInput =
  Static<typeof CharactersInput> | Static<typeof WordsInput> | Static<typeof SubwordsInput>;
export type TextEncoding = TextInput['encoding'];
