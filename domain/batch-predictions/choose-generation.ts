/** How a model is to write texts for a dataset: what was asked for, and what holds where nothing was. */
import type { FieldError } from '../errors/unroll-error.ts';
import { chooseSearch, type AskedSearch } from '../models/choose-search.ts';
import type { ModelCard } from '../models/model.ts';
import {
  generationDefaults,
  writingOptions,
  type GenerationSettings,
  type WritingOption,
  type WritingSettings,
} from '../../engine/spec/generation.ts';

type AskedDrawing = {
  readonly [Option in keyof GenerationSettings]?: NonNullable<GenerationSettings[Option]>;
};
export type AskedGeneration = AskedDrawing & AskedSearch;

/**
 * @param newSeed - where none was asked for: what a job is done again with has to be known
 * @returns null where no texts are written; `errors`: with a pointer to each option that makes no sense
 */
export function chooseGeneration(
  card: ModelCard,
  asked: AskedGeneration,
  newSeed: () => number,
): { readonly generation: WritingSettings | null; readonly errors: FieldError[] } {
  const { task } = card;
  const errors = (Object.keys(asked) as WritingOption[])
    .filter((option) => !writingOptions[task].includes(option))
    .map((option) => ({
      pointer: `/${option}`,
      message: `expected no ${option} for a model of task ${task}, got ${asked[option]}`,
    }));
  if (errors.length > 0) return { generation: null, errors };
  if (card.task === 'transduction') {
    const { settings: generation, errors: found } = chooseSearch(asked, card);
    return { generation, errors: found };
  }
  const generation =
    task === 'language_model' ? { ...generationDefaults, ...asked, seed: asked.seed ?? newSeed() } : null;
  return { generation, errors };
}
