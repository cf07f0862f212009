/** What is known of a column of a dataset. Fields that only some types have, or that older profiles lack, are optional. */
import { Type, type Static, type TSchema } from 'typebox';

export const ColumnType = Type.Union([
  Type.Literal('integer'),
  Type.Literal('number'),
  Type.Literal('boolean'),
  Type.Literal('date'),
  Type.Literal('timestamp'),
  Type.Literal('text'),
  Type.Literal('vector'),
  Type.Literal('audio'),
  Type.Literal('image'),
]);
export type ColumnType = Static<typeof ColumnType>;

const closed = { additionalProperties: false };
const optionalOf = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Optional(Type.Union([schema, Type.Null()], { description }));
const count = Type.Integer({ minimum: 0 });

const Spread = Type.Object({ min: Type.Number(), mean: Type.Number(), max: Type.Number() }, closed);
export type Spread = Static<typeof Spread>;

const Quantile = Type.Object({ quantile: Type.Number(), value: Type.Number() }, closed);

const Histogram = Type.Object(
  {
    edges: Type.Array(Type.Number(), { description: 'One more than there are counts, ascending.' }),
    counts: Type.Array(count),
  },
  closed,
);
export type Histogram = Static<typeof Histogram>;

const FrequentValue = Type.Object(
  { value: Type.Union([Type.Number(), Type.String(), Type.Boolean()]), rows: count },
  closed,
);

const TextProfile = Type.Object(
  {
    characters: Spread,
    words: Spread,
    vocabulary_size: Type.Integer({
      minimum: 0,
      description: 'Distinct words, in lower case; an estimate.',
    }),
    scripts: Type.Array(Type.Object({ script: Type.String(), share: Type.Number() }, closed), {
      description: 'Scripts of the letters (Unicode property Script), most frequent first.',
    }),
    sampled_rows: Type.Integer({ minimum: 0, description: 'How many texts, from the first on, were read.' }),
  },
  closed,
);
export type TextProfile = Static<typeof TextProfile>;

const AudioProfile = Type.Object(
  {
    seconds: Spread,
    total_seconds: Type.Number(),
    sample_rates: Type.Array(Type.Object({ sample_rate: Type.Integer(), rows: count }, closed)),
    channels: Type.Array(
      Type.Object(
        { channels: Type.Integer(), rows: count },
        { ...closed, description: 'Of the files; they are mixed to one.' },
      ),
    ),
  },
  closed,
);
export type AudioProfile = Static<typeof AudioProfile>;

const ImageProfile = Type.Object(
  {
    width: Spread,
    height: Spread,
    channels: Type.Array(Type.Object({ channels: Type.Integer(), rows: count }, closed)),
  },
  closed,
);
export type ImageProfile = Static<typeof ImageProfile>;

const ColumnWarning = Type.Object(
  {
    code: Type.String(),
    row: Type.Optional(
      Type.Union([Type.Integer(), Type.Null()], { description: 'The first row that shows it.' }),
    ),
    message: Type.String({ description: 'What was found, where, and what to do about it.' }),
  },
  closed,
);
export type ColumnWarning = Static<typeof ColumnWarning>;

/** `min` and `max` are written as they would stand in the file (RFC 3339 for times). */
export const ColumnProfile = Type.Object(
  {
    name: Type.String(),
    type: ColumnType,
    missing: Type.Integer({ minimum: 0 }),
    distinct: Type.Integer({
      minimum: 0,
      description:
        'Number of distinct values (of more than 50 000 in more than 200 000 rows an estimate; 0 for vectors, recordings and images).',
    }),
    min: Type.Union([Type.Number(), Type.String(), Type.Null()]),
    max: Type.Union([Type.Number(), Type.String(), Type.Null()]),
    mean: Type.Union([Type.Number(), Type.Null()]),
    std: Type.Union([Type.Number(), Type.Null()]),
    examples: Type.Array(
      Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Array(Type.Number())]),
    ),
    quantiles: optionalOf(
      Type.Array(Quantile),
      'Of numbers; in more than 200 000 rows from a sample of about 100 000.',
    ),
    histogram: optionalOf(
      Histogram,
      'Of numbers: bins of equal width from `min` to `max`; in more than 200 000 rows from a sample of about 100 000.',
    ),
    frequent: optionalOf(
      Type.Array(FrequentValue),
      'The most frequent values, of columns with few different ones: how balanced labels are.',
    ),
    length: optionalOf(Spread, 'Numbers in the vectors of the column.'),
    text: optionalOf(TextProfile, 'Of texts.'),
    audio: optionalOf(AudioProfile, 'Of recordings.'),
    image: optionalOf(ImageProfile, 'Of images.'),
    warnings: Type.Optional(
      Type.Array(ColumnWarning, { description: 'What is allowed, and yet may not be what was meant.' }),
    ),
  },
  closed,
);
export type ColumnProfile = Static<typeof ColumnProfile>;
