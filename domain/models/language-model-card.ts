/** What one ought to know before using a language model, and what it takes to read and write texts as it was taught to. Scores are of the test part. */
import { Type, type Static } from 'typebox';
import { cardOf } from './card-of-any-task.ts';
import { FittedText } from './fitted-features.ts';

const Scores = Type.Object(
  {
    cross_entropy: Type.Number({
      description: 'Mean of −log (natural) of the probability given to each token.',
    }),
    perplexity: Type.Number({ description: 'e to the power of the cross entropy.' }),
    bits_per_character: Type.Union([Type.Number(), Type.Null()], {
      description:
        'Bits that the whole part takes, ends of texts included, over its characters; null of words, where what is not known would come for free.',
    }),
    accuracy: Type.Number({ description: 'Share of the tokens that were found likeliest.' }),
  },
  { additionalProperties: false },
);
export type LanguageModelScores = Static<typeof Scores>;

export const LanguageModelCard = cardOf('language_model', {
  parts: Type.Object(
    {
      training_tokens: Type.Integer(),
      validation_tokens: Type.Integer(),
      test_tokens: Type.Integer(),
    },
    { additionalProperties: false },
  ),
  features: Type.Object(
    { inputs: Type.Array(FittedText) },
    {
      additionalProperties: false,
      description:
        'What was fitted on the training part, as it is used in predictions. The id 0, nothing, stands where a text begins or ends.',
    },
  ),
  held_out: Type.Object(
    {
      tokens: Type.Integer(),
      unknown_share: Type.Number({
        description: 'Share of the tokens that training did not see often enough to know.',
      }),
      model: Scores,
      baselines: Type.Object(
        { unigram: Scores, bigram: Scores },
        {
          additionalProperties: false,
          description:
            'unigram: each token by its share in training; bigram: by what came before it, in a mixture with the unigram (Witten & Bell 1991).',
        },
      ),
    },
    { additionalProperties: false },
  ),
});
export type LanguageModelCard = Static<typeof LanguageModelCard>;
