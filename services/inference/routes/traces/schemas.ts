/** Traces on the wire. */
import { Type, type Static } from 'typebox';
import { PredictionAnswer, PredictionRequest } from '../predictions/schemas.ts';
import { NextToken } from '../streams/schemas.ts';

export const TraceRequest = Type.Object(
  {
    inputs: Type.Array(PredictionRequest.properties.inputs.items, {
      minItems: 1,
      maxItems: 1,
      description: 'One input, as predictions take it.',
    }),
  },
  {
    title: 'TraceRequest',
    additionalProperties: false,
    examples: [{ inputs: [{ text: 'you have won a prize' }] }],
  },
);
export type TraceRequest = Static<typeof TraceRequest>;

export const TraceQuery = Type.Object(
  {
    layers: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,3}(,[0-9]{1,3})*$',
        description: 'Numbers of the layers that are told, from 0, with commas between; all by default.',
      }),
    ),
    timeout_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3_600_000,
        description: 'As of predictions: how long the answer is of use.',
      }),
    ),
  },
  { additionalProperties: false },
);

const matrix = (description: string) => Type.Array(Type.Array(Type.Number()), { description });

const TracedLayer = Type.Object(
  {
    part: Type.Union([Type.Literal('network'), Type.Literal('encoder'), Type.Literal('decoder')], {
      description: 'encoder and decoder of networks that read a sequence whole before they write another.',
    }),
    layer: Type.Integer({ description: 'From 0, the one that reads the input.' }),
    direction: Type.Union([Type.Literal('forward'), Type.Literal('backward')], {
      description: 'The way back goes from the last step to the first; it is told in the order of the steps.',
    }),
    steps: Type.Integer({ description: 'Rows of each matrix: steps that were read, or written (decoder).' }),
    units: Type.Integer({ description: 'Columns of each matrix.' }),
    hidden_state: matrix('h after each step.'),
    cell_state: Type.Optional(matrix('c, of an lstm: what is remembered.')),
    input_gate: Type.Optional(matrix('i, of an lstm: how much of the candidate is written.')),
    forget_gate: Type.Optional(
      matrix('f, of an lstm: how much of the cell state is kept; near 0 it is forgotten.'),
    ),
    output_gate: Type.Optional(matrix('o, of an lstm: how much of the cell state is shown.')),
    reset_gate: Type.Optional(matrix('r, of a gru: how much of the state goes into the candidate.')),
    update_gate: Type.Optional(
      matrix('z, of a gru: how much of the state is kept, h = (1 − z) ∘ n + z ∘ h; near 0 it is forgotten.'),
    ),
    candidate: Type.Optional(matrix('What might be written: g of an lstm, n of a gru.')),
  },
  { title: 'TracedLayer', additionalProperties: false },
);
export type TracedLayer = Static<typeof TracedLayer>;

export const TraceAnswer = Type.Object(
  {
    model: PredictionAnswer.properties.model,
    prediction: Type.Union([PredictionAnswer.properties.predictions.items, Type.Null()], {
      description:
        'What the traced run comes to: the prediction; of a transduction the likeliest symbol at each step. null of a language model, which has `next`.',
    }),
    next: Type.Optional(
      Type.Array(NextToken, { description: 'Of a language model: the likeliest tokens behind the text.' }),
    ),
    layers: Type.Array(TracedLayer),
    attention: Type.Union([Type.Array(Type.Array(Type.Number())), Type.Null()], {
      description:
        'One row for each step that was written, with the weight of each step that was read, together 1; null of networks without attention.',
    }),
  },
  { title: 'TraceAnswer', additionalProperties: false },
);
export type TraceAnswer = Static<typeof TraceAnswer>;
