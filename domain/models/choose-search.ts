/** How a transduction is to search for texts: what was asked for, and what holds where nothing was. */
import type { SearchSettings } from '../../engine/spec/generation.ts';
import type { FieldError } from '../errors/unroll-error.ts';
import type { TransductionCard } from './transduction-card.ts';

export type AskedSearch = Partial<SearchSettings>;
type Card = Pick<TransductionCard, 'features' | 'specification'>;

/** @returns `errors`: with a pointer to each option that makes no sense */
export function chooseSearch(
  asked: AskedSearch,
  { features: { target }, specification: { output } }: Card,
): { readonly settings: SearchSettings; readonly errors: FieldError[] } {
  const { beam = 1, n_best: best = 1, max_length: maxLength = target.max_length } = asked;
  const errors: FieldError[] = [];
  if (best > beam)
    errors.push({
      pointer: '/n_best',
      message: `expected at most as many as the beam is wide (${beam}), got ${best}`,
    });
  if (maxLength > target.max_length)
    errors.push({
      pointer: '/max_length',
      message: `expected at most the ${target.max_length} ${target.encoding} that the model was taught to write, got ${maxLength}`,
    });
  if (asked.length_penalty !== undefined && beam === 1)
    errors.push({
      pointer: '/length_penalty',
      message: `expected it with a beam of at least 2, got ${asked.length_penalty} with a beam of 1`,
    });
  const settings = {
    ...{ beam, n_best: best, max_length: maxLength },
    length_penalty: asked.length_penalty ?? output.length_penalty,
  };
  return { settings, errors };
}
