/** How a language model is to write texts for a dataset: what was asked for, and what holds where nothing was. */
import type { FieldError } from '../errors/unroll-error.ts';
import { generationDefaults, type GenerationSettings } from '../../engine/spec/generation.ts';
import type { TaskKind } from '../../engine/spec/tasks.ts';

export type AskedGeneration = {
  readonly [Option in keyof GenerationSettings]?: NonNullable<GenerationSettings[Option]>;
};

/** What is asked for of a model that draws no texts. */
export const checkGeneration = (task: TaskKind, asked: AskedGeneration): FieldError[] =>
  task === 'language_model'
    ? []
    : Object.entries(asked).map(([option, value]) => ({
        pointer: `/${option}`,
        message: `expected no ${option} for a model of task ${task}, got ${value}`,
      }));

/** Null where no texts are drawn. @param newSeed - where none was asked for: what a job is done again with has to be known */
export const chooseGeneration = (
  task: TaskKind,
  asked: AskedGeneration,
  newSeed: () => number,
): GenerationSettings | null =>
  task === 'language_model' ? { ...generationDefaults, ...asked, seed: asked.seed ?? newSeed() } : null;
