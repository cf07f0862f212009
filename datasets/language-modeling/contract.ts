/** What planning and preparing a language model give. */
import type { LanguageModelCard } from '../../domain/models/language-model-card.ts';
import type { StepScores } from '../../engine/training/score-steps.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import type { FittedFeatures } from '../../domain/models/fitted-features.ts';
import type { Vocabulary } from '../features/vocabulary.ts';
import type { PlanOf, Planning } from '../tasks/contract.ts';
import type { ByPart } from '../windows/windows.ts';

export interface LanguageModelPlan extends PlanOf<'language_model'> {
  /** Tokens of all texts together, and one more for each beginning or end; of words and subwords about as many. */
  readonly tokens: number;
}
export type LanguageModelPlanning = Planning<LanguageModelPlan>;

/** How the text is read, and its known tokens. */
export type FittedText = Omit<FittedFeatures['text'], 'vocabulary' | 'merges'> & Vocabulary;

export interface PreparedLanguageModel {
  readonly parts: ByPart<WindowSource>;
  /** The network that it takes: one embedding, an output for each token. */
  readonly sizes: Pick<PlanOf<'language_model'>, 'inputSize' | 'outputSize' | 'embeddings' | 'padded'>;
  /** Tokens to be foretold of each part. */
  readonly tokens: ByPart<number>;
  readonly feature: FittedText;
  /** Scores of the steps of `parts.test`, beside the baselines. */
  scoreTest(scores: StepScores): LanguageModelCard['held_out'];
  /** Gives back what the parts take, once they are not read any more. */
  readonly release: () => void;
}
