/** The columns that go in, and how each becomes numbers. */
import { Type, type Static } from 'typebox';

/** What the options of a text column are when they are not given. */
const textDefaults = {
  characters: { max_length: 200, vocabulary_size: 1000, embedding_size: 32 },
  words: { max_length: 200, vocabulary_size: 10_000, embedding_size: 64 },
} as const;
const commonTextDefaults = {
  minimum_count: 2,
  lowercase: false,
  unicode_normalization: 'NFC',
  truncate: 'end',
} as const;

export const InputColumn = Type.Object(
  {
    column: Type.String({
      minLength: 1,
      description: 'Name of a column of the dataset: of numbers, or of text where `encoding` says so.',
    }),
    encoding: Type.Optional(
      Type.Union([Type.Literal('characters'), Type.Literal('words')], {
        description:
          'Of a text column: each of its characters (Unicode code points) is a step, or each of its words and punctuation marks. Absent for a column of numbers; what follows belongs to texts.',
      }),
    ),
    max_length: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'Characters or words of a text that are read at most; 200 by default.',
      }),
    ),
    vocabulary_size: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description:
          'Different characters or words that are told apart at most, the most frequent of the training part; all others are one unknown. 1,000 characters or 10,000 words by default.',
      }),
    ),
    minimum_count: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description:
          'What stands in the training part less often than this is unknown; 2 by default, so that what unknown means is learnt.',
      }),
    ),
    embedding_size: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 4096,
        description:
          'Length of the vector that is learnt for each character (32 by default) or word (64 by default).',
      }),
    ),
    lowercase: Type.Optional(Type.Boolean({ description: 'Take A for a; false by default.' })),
    unicode_normalization: Type.Optional(
      Type.Union([Type.Literal('NFC'), Type.Literal('NFKC'), Type.Literal('none')], {
        description:
          'Unicode form of all texts, so that what looks the same is the same: NFC by default; NFKC also takes ﬁ for fi and ① for 1.',
      }),
    ),
    truncate: Type.Optional(
      Type.Union([Type.Literal('end'), Type.Literal('start')], {
        description: 'Which side of a text beyond max_length is left out: its end by default, or its start.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type InputColumn = Static<typeof InputColumn>;

/** A text column with all its options. */
export type TextInput = Required<InputColumn>;
export type TextEncoding = TextInput['encoding'];

export const textOptions = [
  'max_length',
  'vocabulary_size',
  'minimum_count',
  'embedding_size',
  'lowercase',
  'unicode_normalization',
  'truncate',
] as const satisfies readonly (keyof InputColumn)[];

/** The same with every default filled in; a column of numbers is left as it is. */
export function resolveInput(input: InputColumn): InputColumn {
  const { encoding } = input;
  if (encoding === undefined) return input;
  return { ...commonTextDefaults, ...textDefaults[encoding], ...input };
}
