/** Scores of a language model beside baselines, on the same tokens. Definitions: docs/metrics.md. */
import type { LanguageModelCard, LanguageModelScores } from '../../domain/models/language-model-card.ts';
import { unknown } from '../features/vocabulary.ts';
import { bigram, unigram, type Baseline } from './n-grams.ts';

function scoresOf(o: {
  /** Of each token: −log of its probability. */
  readonly losses: Iterable<number>;
  readonly hits: number;
  readonly tokens: number;
  /** Characters that the tokens stand for; null where that is not the same for all models. */
  readonly characters: number | null;
}): LanguageModelScores {
  let sum = 0;
  for (const loss of o.losses) sum += loss;
  const crossEntropy = sum / o.tokens;
  return {
    cross_entropy: crossEntropy,
    // float64 ends at e^709
    perplexity: Math.exp(Math.min(crossEntropy, 700)),
    bits_per_character: o.characters === null || o.characters === 0 ? null : sum / Math.LN2 / o.characters,
    accuracy: o.hits / o.tokens,
  };
}

/**
 * @param o - test and training: ids of the parts; the first of each is given, all others are foretold. losses and chosen: of the test part's others, in order. countsCharacters: whether
 *   each token but the boundary is one character
 */
export function scoreTokens(o: {
  readonly training: Uint32Array;
  readonly test: Uint32Array;
  readonly V: number;
  readonly losses: ArrayLike<number>;
  readonly chosen: ArrayLike<number>;
  readonly countsCharacters: boolean;
}): LanguageModelCard['held_out'] {
  const { training, test, V } = o;
  const tokens = test.length - 1;
  const targets = test.subarray(1);
  const characters = o.countsCharacters ? targets.reduce((sum, id) => sum + (id === 0 ? 0 : 1), 0) : null;
  const counted = (losses: Iterable<number>, likeliest: (index: number) => number) =>
    scoresOf({
      losses,
      tokens,
      characters,
      hits: targets.reduce((sum, id, index) => sum + (likeliest(index) === id ? 1 : 0), 0),
    });
  const ofBaseline = (baseline: Baseline) =>
    counted(
      Array.from(targets, (id, index) => baseline.loss(test[index]!, id)),
      (index) => baseline.likeliest(test[index]!),
    );
  return {
    tokens,
    unknown_share: targets.reduce((sum, id) => sum + (id === unknown ? 1 : 0), 0) / tokens,
    model: counted(
      Array.from({ length: tokens }, (_, index) => o.losses[index]!),
      (index) => o.chosen[index]!,
    ),
    baselines: { unigram: ofBaseline(unigram(training, V)), bigram: ofBaseline(bigram(training, V)) },
  };
}
