/** Scores of a language model beside baselines, on the same tokens. Definitions: docs/metrics.md. */
import type { LanguageModelCard, LanguageModelScores } from '../../domain/models/language-model-card.ts';
import { nothing, unknown } from '../features/vocabulary.ts';
import { bigram, foretold, unigram, type Baseline } from './n-grams.ts';
import type { Ids } from './stream-windows.ts';

/** What is said of a token: −log of its probability, and which one is held for the likeliest. */
interface Said {
  readonly loss: number;
  readonly likeliest: number;
}

/**
 * @param o - test and training: ids of the parts; the first of each is given, all others are foretold. losses and chosen: of the test part's others, in order. countsCharacters: whether
 *   each token but the boundary is one character
 */
export function scoreTokens(o: {
  readonly training: Ids;
  readonly test: Ids;
  readonly V: number;
  readonly losses: ArrayLike<number>;
  readonly chosen: ArrayLike<number>;
  readonly countsCharacters: boolean;
}): LanguageModelCard['held_out'] {
  const { training, test, V } = o;
  const tokens = test.length - 1;
  let [characters, unknowns] = [0, 0];
  for (const [, id] of foretold(test)) {
    if (id !== nothing) characters += 1;
    if (id === unknown) unknowns += 1;
  }
  const scoresOf = (say: (previous: number, id: number, index: number) => Said): LanguageModelScores => {
    let [sum, hits, index] = [0, 0, 0];
    for (const [previous, id] of foretold(test)) {
      const { loss, likeliest } = say(previous, id, index++);
      sum += loss;
      if (likeliest === id) hits += 1;
    }
    const crossEntropy = sum / tokens;
    return {
      cross_entropy: crossEntropy,
      // float64 ends at e^709
      perplexity: Math.exp(Math.min(crossEntropy, 700)),
      bits_per_character: o.countsCharacters && characters > 0 ? sum / Math.LN2 / characters : null,
      accuracy: hits / tokens,
    };
  };
  const ofBaseline = (baseline: Baseline): LanguageModelScores =>
    scoresOf((previous, id) => ({
      loss: baseline.loss(previous, id),
      likeliest: baseline.likeliest(previous),
    }));
  return {
    tokens,
    unknown_share: unknowns / tokens,
    model: scoresOf((_previous, _id, index) => ({ loss: o.losses[index]!, likeliest: o.chosen[index]! })),
    baselines: { unigram: ofBaseline(unigram(training, V)), bigram: ofBaseline(bigram(training, V)) },
  };
}
