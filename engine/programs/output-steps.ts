/** After which steps of a window the outputs of a network are wanted. */
import type { Dimension } from '../graph/dimensions.ts';

/** After every step, after the last alone, or after the last so many of a window of known length. */
export type OutputSteps = 'all' | 'last' | { readonly last: number; readonly of: number };

/** T: a symbol, or a number where the program is made for windows of one length. */
export const windowSteps = (steps: OutputSteps): Dimension => (typeof steps === 'object' ? steps.of : 'T');

/** S: how many outputs there are. */
export function outputCount(steps: OutputSteps): Dimension {
  if (steps === 'last') return 1;
  return steps === 'all' ? 'T' : steps.last;
}

/** The steps that have a target, for windows of `steps` steps whose last `targetSteps` have one. */
export function outputSteps({
  steps,
  targetSteps,
}: {
  readonly steps: number;
  readonly targetSteps: number;
}): OutputSteps {
  if (targetSteps === 1) return 'last';
  return targetSteps === steps ? 'all' : { last: targetSteps, of: steps };
}
