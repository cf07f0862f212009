/** Streams on the wire. */
import { Type, type Static } from 'typebox';
import { generationOptions } from '../../../../engine/spec/generation.ts';
import { Timestamp } from '../../../http/answers.ts';
import {
  ForecastPrediction,
  GeneratedText,
  LabelPrediction,
  MultilabelPrediction,
  NumbersPrediction,
  Row,
} from '../predictions/schemas.ts';

export const OpenStreamRequest = Type.Object(
  {
    expires_after_seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 31_536_000,
        description:
          'How long the stream is kept after its last step; STREAM_TTL_SECONDS (3,600) unless given, and at most that.',
      }),
    ),
  },
  { title: 'OpenStreamRequest', additionalProperties: false, examples: [{ expires_after_seconds: 600 }] },
);

export const StreamResource = Type.Object(
  {
    id: Type.String(),
    model: Type.Object(
      { id: Type.String(), name: Type.String(), version: Type.Integer() },
      {
        additionalProperties: false,
        description: 'The version that it was opened with, whatever an alias names later.',
      },
    ),
    position: Type.Integer({ description: 'Rows or tokens that have been read.' }),
    created_at: Timestamp,
    expires_at: Type.String({
      format: 'date-time',
      description: 'When it goes unless another step comes; each step sets it anew.',
    }),
  },
  { title: 'Stream', additionalProperties: false },
);
export type StreamResource = Static<typeof StreamResource>;

export const StreamParams = Type.Object({ id: Type.String({ description: '`str_…`' }) });

const maxWritten = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 1000,
    description: 'Tokens that are written at most; 200 by default.',
  }),
);

export const StepsRequest = Type.Object(
  {
    rows: Type.Optional(
      Type.Array(Row, {
        minItems: 1,
        maxItems: 1000,
        description:
          'Of a forecast, or a model of labels of series: the next rows of one series as in the dataset, oldest first. Columns that the model does not take are ignored.',
      }),
    ),
    text: Type.Optional(
      Type.String({
        maxLength: 100_000,
        description:
          'Of a language model, or a model of texts: what comes next; it may be empty. Each text is taken apart by itself: words must not be cut.',
      }),
    ),
    tokens: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 100_000,
        description: 'Instead of a text: tokens as its vocabulary has them; others count as unknown.',
      }),
    ),
    generate: Type.Optional(
      Type.Object(
        { ...generationOptions, max_length: maxWritten },
        {
          additionalProperties: false,
          description:
            'Of a language model: to write on behind what was read. What is written has then been read, too, the end of a text included.',
        },
      ),
    ),
    candidates: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100,
        description: 'Of a language model: how many of the likeliest next tokens are told; 5 by default.',
      }),
    ),
    outputs: Type.Optional(
      Type.Union([Type.Literal('all'), Type.Literal('last')], {
        description: 'The output after each step (all, by default), or that after the last alone.',
      }),
    ),
    position: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'Where the stream has to stand for these steps: anywhere else it is a 409 with the position where it stands. Without it steps are read where it stands now; those of one request never mix with another’s.',
      }),
    ),
  },
  {
    title: 'StepsRequest',
    additionalProperties: false,
    examples: [
      { rows: [{ date: '2016-01-01', temp_max: 6.1 }], position: 14 },
      { text: 'the sea', candidates: 3 },
    ],
  },
);
export type StepsRequest = Static<typeof StepsRequest>;

const kind = Type.Union([Type.Literal('token'), Type.Literal('end'), Type.Literal('unknown')], {
  description:
    'token: one of the vocabulary. end: texts end and begin here. unknown: whatever is not in the vocabulary.',
});
const token = Type.Union([Type.String(), Type.Null()], { description: 'null unless it is a token.' });

export const NextToken = Type.Object(
  { token, kind, probability: Type.Number() },
  { title: 'NextToken', additionalProperties: false },
);
export type NextToken = Static<typeof NextToken>;
const nextTokens = (description: string) => Type.Array(NextToken, { description });

export const ReadToken = Type.Object(
  {
    token,
    kind,
    log_probability: Type.Number({
      description: 'Natural logarithm of the probability that the model gave it before it came.',
    }),
    next: nextTokens('The likeliest tokens behind it.'),
  },
  { title: 'ReadToken', additionalProperties: false },
);
export type ReadToken = Static<typeof ReadToken>;

export const StepsAnswer = Type.Object(
  {
    stream: Type.String({ description: 'Its id.' }),
    position: Type.Integer({ description: 'Where it stands now: name it in the next step.' }),
    expires_at: Timestamp,
    outputs: Type.Array(
      Type.Union([
        ForecastPrediction,
        LabelPrediction,
        MultilabelPrediction,
        NumbersPrediction,
        ReadToken,
        Type.Null(),
      ]),
      {
        description:
          'After each row or token of the request, as a prediction tells it that ends there. null for the first rows of a forecast whose inputs have lags, until the rows are there that they reach back to.',
      },
    ),
    next: Type.Optional(nextTokens('Of a language model: the likeliest tokens behind all that was read.')),
    generated: Type.Optional(GeneratedText),
  },
  { title: 'StepsAnswer', additionalProperties: false },
);
export type StepsAnswer = Static<typeof StepsAnswer>;
