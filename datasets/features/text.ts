/** A column of text as a sequence of ids. */
import type { TextInput } from '../../engine/spec/inputs.ts';
import type { Value } from '../tables/cells.ts';
import type { ColumnValues, Feature } from './feature.ts';
import { fitVocabulary, idCount, textEncoder, type Vocabulary } from './vocabulary.ts';

const shapeOf = (tokens: number, size: number, steps: number) =>
  ({ kind: 'tokens', embedding: { vocabulary: idCount(tokens), size }, steps }) as const;

/** An empty text in a file is no text. */
function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  throw new Error('internal: expected a text in a column that was checked');
}

async function* textsOf(values: ColumnValues): AsyncIterable<string> {
  for await (const value of values) yield textOf(value);
}

export const textFeature: Feature<'text'> = {
  check: ({ encoding }, { name, type }) =>
    type === 'text'
      ? null
      : `expected a column of text with ${encoding}, got "${name}", which is of type ${type}`,
  plan: ({ vocabulary_size: tokens, embedding_size: size, max_length: steps }) =>
    shapeOf(tokens, size, steps),
  fit: async (values, input, { workFolder }) => ({
    ...readingOf(input),
    ...copied(await fitVocabulary(textsOf(values), input, workFolder)),
  }),
  // models made before there were other inputs don't say how long their vectors are, and nobody asks in predictions
  shape: ({ vocabulary, embedding_size: size = 0, max_length: steps }) =>
    shapeOf(vocabulary.length, size, steps),
  encoder: (fitted) => {
    const encode = textEncoder(fitted);
    return (value) => encode(textOf(value));
  },
  read: (value) => {
    if (value === null) return { value };
    return typeof value === 'string' ? { value } : { expected: 'a text or null' };
  },
};

const copied = ({ vocabulary, merges }: Vocabulary) => ({
  vocabulary: [...vocabulary],
  ...(merges && { merges: merges.map((pair) => [...pair]) }),
});

const readingOf = (input: TextInput) => ({
  column: input.column,
  encoding: input.encoding,
  max_length: input.max_length,
  lowercase: input.lowercase,
  unicode_normalization: input.unicode_normalization,
  truncate: input.truncate,
  embedding_size: input.embedding_size,
});
