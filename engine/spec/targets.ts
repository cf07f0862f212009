/** The columns that come out, and how a text among them is taken apart. */
import { Type, type Static } from 'typebox';
import { columnScaling, ColumnScaling, type Scaling, type ScalingType } from './scaling.ts';
import { columnOf } from './inputs/column.ts';
import type { EncodingOptions } from './inputs/text.ts';
import { toldBy } from './told-by.ts';

const PlainTarget = Type.Object(
  {
    column: columnOf(
      'of numbers for regression (of vectors of one length with vector_to_sequence), of labels for classification',
    ),
    scaling: ColumnScaling,
  },
  { additionalProperties: false },
);

const tooLongOf = {
  error: 'refuse the job and say how many there are',
  truncate: 'take them to end there',
};

const optionsOf = (o: EncodingOptions) => ({
  column: columnOf('of text'),
  max_length: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 100,
    description: `${o.unit} that are written at most.`,
  }),
  vocabulary_size: Type.Integer({
    minimum: 1,
    maximum: o.largestVocabulary ?? 1_000_000,
    default: o.vocabularySize,
    description: `Different ${o.unit.toLowerCase()} that can be written at most, the most frequent of the training part; for all others there is one symbol that stands for what is not known.`,
  }),
  minimum_count: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 1,
    description: o.minimumCount ?? 'What stands in the training part less often than this is not known.',
  }),
  embedding_size: Type.Integer({
    minimum: 1,
    maximum: 4096,
    default: o.embeddingSize,
    description:
      'Length of the vector that is learnt for each, by which the network knows what it wrote last.',
  }),
  lowercase: Type.Boolean({ default: false, description: 'Write a for A.' }),
  unicode_normalization: Type.Union([Type.Literal('NFC'), Type.Literal('NFKC'), Type.Literal('none')], {
    default: 'NFC',
    description: 'Unicode form of what is written.',
  }),
});

const refusedOrCut = Type.Union([Type.Literal('error'), Type.Literal('truncate')], {
  default: 'error',
  description: `What to do with texts beyond max_length: ${tooLongOf.error}, or ${tooLongOf.truncate}.`,
});

const CharactersTarget = Type.Object(
  {
    encoding: Type.Literal('characters'),
    too_long: refusedOrCut,
    ...optionsOf({ unit: 'Characters', vocabularySize: 1000, embeddingSize: 32 }),
  },
  {
    additionalProperties: false,
    description: 'A text that is written one character (Unicode code point) at a time.',
  },
);

const WordsTarget = Type.Object(
  {
    encoding: Type.Literal('words'),
    too_long: refusedOrCut,
    ...optionsOf({ unit: 'Words', vocabularySize: 10_000, embeddingSize: 64 }),
  },
  {
    additionalProperties: false,
    description:
      'A text that is written one word or punctuation mark at a time, with a space between them in the end.',
  },
);

const SubwordsTarget = Type.Object(
  {
    encoding: Type.Literal('subwords'),
    too_long: Type.Literal('truncate', {
      default: 'truncate',
      description: `What to do with texts beyond max_length: ${tooLongOf.truncate}. How many subwords a text has is known only once they are found on the training part.`,
    }),
    ...optionsOf({
      unit: 'Subwords',
      vocabularySize: 4000,
      largestVocabulary: 30_000,
      embeddingSize: 64,
      minimumCount:
        'Two neighbours become one subword as long as they stand side by side in the training part at least so often; characters that stand there less often are not known.',
    }),
  },
  {
    additionalProperties: false,
    description:
      'A text that is written one byte-pair subword (Sennrich et al. 2016) at a time, as `subwords` of inputs are found. A subword that begins a word has the space before it; side by side they are the text.',
  },
);

export const Target = Type.Union(
  [PlainTarget, CharactersTarget, WordsTarget, SubwordsTarget],
  toldBy('encoding'),
);
export type Target = Static<typeof Target>;
/** A column of text with all its options. */
export type TextTarget =
  Static<typeof CharactersTarget> | Static<typeof WordsTarget> | Static<typeof SubwordsTarget>;

export const isTextTarget = (target: Target): target is TextTarget => 'encoding' in target;

/** The type of the scaling of a target of numbers: its own, or that of all columns. */
export const targetScaling = (data: { readonly scaling: Scaling }, target: Target): ScalingType =>
  columnScaling(data, isTextTarget(target) ? {} : target);
