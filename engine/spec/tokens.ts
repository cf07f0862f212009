/** Output of a transduction or a language model: a text, written symbol by symbol. */
import { Type, type Static } from 'typebox';

/** How texts are searched for unless told otherwise. */
const searchDefaults = { beam: 4, length_penalty: 0 } as const;

const LengthPenalty = Type.Number({
  minimum: 0,
  maximum: 2,
  description:
    'Of a transduction: texts of different length are compared by log P / ((5 + length) / 6)^length_penalty (Wu et al. 2016): 0, by default, compares their probabilities, 1 nearly the mean of their symbols’.',
});

/** Beginnings of a text that are carried on at most. */
export const mostBeams = 64;

export const TokensOutput = Type.Object(
  {
    type: Type.Literal('tokens'),
    label_smoothing: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description:
        'Share of the probability that is wanted for all symbols alike instead of the right one (Szegedy et al. 2016).',
    }),
    beam: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: mostBeams,
        description:
          'Of a transduction: width of the beam search that the held-out rows are scored with, beside taking the likeliest symbol at each step; 4 by default, 1: that alone.',
      }),
    ),
    length_penalty: Type.Optional(LengthPenalty),
  },
  {
    additionalProperties: false,
    description:
      'A text of the target column, symbol by symbol; the loss is cross entropy of each symbol, the end included.',
  },
);
export type TokensOutput = Static<typeof TokensOutput>;

/** Output of a transduction, whose texts are searched for. */
export type SearchedTokens = TokensOutput & { readonly beam: number; readonly length_penalty: number };
export const resolveSearch = (output: TokensOutput): SearchedTokens => ({ ...searchDefaults, ...output });
