/**
 * What one ought to know before using a model that writes texts, and what it takes to read and write as it was taught to. Scores are of the test part;
 * docs/metrics.md has their definitions.
 */
import { Type, type Static } from 'typebox';
import { cardOf } from './card-of-any-task.ts';
import { FittedFeature } from './fitted-features.ts';

const closed = { additionalProperties: false };

const ofWriting = {
  exact_match: Type.Number({
    description: 'Share of the inputs for which one of their targets was written.',
  }),
  token_error_rate: Type.Number({
    description:
      'Tokens to insert, delete or replace until the nearest target stands there, over the tokens of these targets.',
  }),
  normalized_edit_distance: Type.Number({
    description: 'Mean over the inputs of the same, over the tokens of the longer of the two: 0 to 1.',
  }),
};
const Perplexity = Type.Number({
  description:
    'e to the mean of −log P of each symbol of the targets behind the right ones before it, the end included.',
});
export type WritingScores = Record<keyof typeof ofWriting, number>;

const Value = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);
const Example = Type.Object(
  {
    row: Type.Integer({
      description: 'Where it stands in the dataset, counted from 0 (`GET …/rows?offset=`).',
    }),
    input: Type.Union([Type.String(), Type.Record(Type.String(), Value)], {
      description: 'The text that was read, or the row without vectors, recordings and images.',
    }),
    targets: Type.Array(Type.String()),
    written: Type.String({ description: 'Taking the likeliest symbol at each step.' }),
    score: Type.Number({ description: 'log P of what was written, its end included.' }),
    beam: Type.Optional(Type.Array(Type.Object({ text: Type.String(), score: Type.Number() }, closed))),
  },
  closed,
);

const StoredFile = Type.Object({ bytes: Type.Integer(), sha256: Type.String() }, closed);

export const TransductionCard = cardOf('transduction', {
  parts: Type.Object(
    {
      training_rows: Type.Integer(),
      validation_rows: Type.Integer(),
      test_rows: Type.Integer(),
      test_inputs: Type.Integer({ description: 'Different inputs among the test rows: what is scored.' }),
      truncated_targets: Type.Integer({ description: 'Targets beyond max_length, taken to end there.' }),
    },
    closed,
  ),
  features: Type.Object(
    {
      inputs: Type.Array(FittedFeature, {
        description: 'The columns that are read, and what was fitted for each.',
      }),
      target: Type.Object(
        {
          column: Type.String(),
          encoding: Type.Union([Type.Literal('characters'), Type.Literal('words'), Type.Literal('subwords')]),
          max_length: Type.Integer(),
          lowercase: Type.Boolean(),
          unicode_normalization: Type.Union([
            Type.Literal('NFC'),
            Type.Literal('NFKC'),
            Type.Literal('none'),
          ]),
          vocabulary: Type.Array(Type.String(), {
            description:
              'The characters, words or subwords that can be written; the first has the id 4. 0 is padding, 1 what is not known, 2 the start, 3 the end.',
          }),
          merges: Type.Optional(
            Type.Array(Type.Array(Type.String()), {
              description:
                'Of subwords: pairs of neighbours that become one, the first of them first, in each word by itself and wherever they stand.',
            }),
          ),
        },
        closed,
      ),
    },
    { ...closed, description: 'What was fitted on the training part, as it is used in predictions.' },
  ),
  held_out: Type.Object(
    {
      model: Type.Object(
        { ...ofWriting, perplexity: Perplexity },
        { ...closed, description: 'Taking the likeliest symbol at each step.' },
      ),
      beam: Type.Union(
        [
          Type.Object({ width: Type.Integer(), length_penalty: Type.Number(), ...ofWriting }, closed),
          Type.Null(),
        ],
        { description: 'The best that beam search found; null with an output.beam of 1.' },
      ),
      baselines: Type.Object(
        {
          most_frequent_sequence: Type.Object({ text: Type.String(), ...ofWriting }, closed),
          symbol_frequencies: Type.Object({ perplexity: Perplexity }, closed),
        },
        {
          ...closed,
          description:
            'most_frequent_sequence: the target that most rows of the training part have, for every input. symbol_frequencies: the shares of the symbols in the training part as their probabilities, each counted once more than it is there.',
        },
      ),
      examples: Type.Array(Example, { description: 'Some of the inputs that were scored.' }),
    },
    closed,
  ),
  decoding: Type.Object(
    {
      reading: StoredFile,
      step: StoredFile,
      step_inputs: Type.Array(Type.String(), {
        description: 'What the step takes beside `written` and `state`: outputs of the reading, as they are.',
      }),
    },
    {
      ...closed,
      description:
        'Two more ONNX files, with which any host can search: one reads and gives the first state, the other does one step (`GET …/onnx?part=reading|step`).',
    },
  ),
});
export type TransductionCard = Static<typeof TransductionCard>;
