/** What was fitted of each input on the training part: kept on the card, and all that it takes to read values as the model was taught to. */
import { Type, type Static } from 'typebox';
import { ImageInput } from '../../engine/spec/inputs/images.ts';
import type { AudioInput } from '../../engine/spec/inputs.ts';
import { toldBy } from '../../engine/spec/told-by.ts';

const column = Type.String();

const FittedNumbers = Type.Object(
  {
    column,
    mean: Type.Number(),
    std: Type.Number(),
    log: Type.Optional(Type.Literal(true, { description: 'ln(1 + x) is scaled instead of x.' })),
    missing: Type.Optional(Type.Number({ description: 'What stands in for a missing number.' })),
    tells_known: Type.Optional(
      Type.Literal(true, {
        description: 'Behind the number stands 1 where it is known, and 0 where it is missing.',
      }),
    ),
  },
  { additionalProperties: false, description: 'Scaled inside the file: (x − mean) / std.' },
);

const FittedCategories = Type.Object(
  {
    column,
    encoding: Type.Union([Type.Literal('one_hot'), Type.Literal('embedding')]),
    type: Type.Union([Type.Literal('text'), Type.Literal('integer'), Type.Literal('boolean')]),
    categories: Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      description: 'The known categories; the first has the id 1, 0 is whatever is not known or missing.',
    }),
    embedding_size: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
);

export const FittedText = Type.Object(
  {
    column,
    encoding: Type.Union([Type.Literal('characters'), Type.Literal('words'), Type.Literal('subwords')]),
    max_length: Type.Integer(),
    lowercase: Type.Boolean(),
    unicode_normalization: Type.Union([Type.Literal('NFC'), Type.Literal('NFKC'), Type.Literal('none')]),
    truncate: Type.Union([Type.Literal('end'), Type.Literal('start')]),
    embedding_size: Type.Optional(
      Type.Integer({ description: 'Absent in models made before there were others.' }),
    ),
    vocabulary: Type.Array(Type.String(), {
      description:
        'The known characters, words or subwords; the first has the id 2, 1 is whatever is not known, 0 is nothing.',
    }),
    merges: Type.Optional(
      Type.Array(Type.Array(Type.String()), {
        description:
          'Of subwords: pairs of neighbours that become one, the first of them first, in each word by itself and wherever they stand.',
      }),
    ),
  },
  { additionalProperties: false },
);

const ofAllNumbers = { mean: Type.Number(), std: Type.Number() };

const FittedSequence = Type.Object(
  {
    column,
    encoding: Type.Literal('sequence'),
    step_size: Type.Integer(),
    max_length: Type.Integer(),
    ...ofAllNumbers,
  },
  { additionalProperties: false },
);

const FittedVector = Type.Object(
  { column, encoding: Type.Literal('vector'), length: Type.Integer(), ...ofAllNumbers },
  { additionalProperties: false },
);

const FittedImage = Type.Object(
  { ...ImageInput.properties, ...ofAllNumbers },
  { additionalProperties: false },
);

/** Means and deviations [features], those of each feature over all steps. */
const FittedAudio = Type.Object(
  {
    column,
    audio: Type.Union([
      Type.Literal('log_mel'),
      Type.Literal('mfcc'),
      Type.Literal('framed'),
      Type.Literal('raw'),
    ]),
    reading: Type.Unsafe<AudioInput>({ type: 'object', description: 'The input as it was asked for.' }),
    means: Type.Array(Type.Number()),
    stds: Type.Array(Type.Number()),
  },
  { additionalProperties: false },
);

export const FittedFeature = Type.Union(
  [FittedNumbers, FittedCategories, FittedText, FittedSequence, FittedVector, FittedImage, FittedAudio],
  toldBy('audio', 'image', 'encoding'),
);
export type FittedFeature = Static<typeof FittedFeature>;

/** By the kinds of inputs. */
export interface FittedFeatures {
  numbers: Static<typeof FittedNumbers>;
  categories: Static<typeof FittedCategories>;
  text: Static<typeof FittedText>;
  vector: Static<typeof FittedSequence> | Static<typeof FittedVector>;
  image: Static<typeof FittedImage>;
  audio: Static<typeof FittedAudio>;
}
