/** Scores of language models against values that Python computed from the definitions (test/golden/language_model.py). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { LanguageModelScores } from '../../domain/models/language-model-card.ts';
import { scoreTokens } from './scores.ts';

interface Golden {
  readonly V: number;
  readonly training: number[];
  readonly test: number[];
  readonly losses: number[];
  readonly chosen: number[];
  readonly model: LanguageModelScores;
  readonly unigram: LanguageModelScores;
  readonly bigram: LanguageModelScores;
  readonly unknown_share: number;
}
const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/language-model.json', import.meta.url), 'utf8'),
) as Golden;

const scored = (countsCharacters: boolean) =>
  scoreTokens({
    ...golden,
    training: Uint32Array.from(golden.training),
    test: Uint32Array.from(golden.test),
    countsCharacters,
  });

test('model, unigram and bigram', () => {
  const { model, baselines, tokens, unknown_share: unknown } = scored(true);
  expect(tokens).toBe(golden.test.length - 1);
  expect(unknown).toBeCloseTo(golden.unknown_share, 12);
  const pairs = [
    [model, golden.model],
    [baselines.unigram, golden.unigram],
    [baselines.bigram, golden.bigram],
  ] as const;
  for (const [got, expected] of pairs)
    for (const name of Object.keys(expected) as (keyof LanguageModelScores)[])
      expect(got[name], name).toBeCloseTo(expected[name]!, 9);
});

test('words have no bits per character', () => {
  expect(scored(false).model.bits_per_character).toBeNull();
});
