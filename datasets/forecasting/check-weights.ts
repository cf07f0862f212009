/** Whether a column of weights leaves something to learn from and to judge by. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { targetStepCount } from '../../engine/spec/loss-steps.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import type { SeriesParts } from '../windows/split.ts';
import { windowsOf } from '../windows/windows.ts';
import { windowOf } from './plan.ts';

const pointer = '/data/weight';

/** What the profile of the column tells. */
export function checkWeightColumn({ name, type, missing, min, max }: ColumnProfile): FieldProblem[] {
  const problem = (message: string): FieldProblem[] => [{ pointer, message }];
  if (type !== 'integer' && type !== 'number')
    return problem(`expected a numeric column, got "${name}", which is of type ${type}`);
  if (missing > 0) return problem(`expected a weight in every row, got ${missing} missing in "${name}"`);
  if (Number(min) < 0) return problem(`expected weights of at least 0, got ${min} in "${name}"`);
  if (Number(max) === 0) return problem(`expected a weight above 0 in some row, got 0 in all of "${name}"`);
  return [];
}

/**
 * What the weights of each part tell.
 * @param weights - of all rows, series after series
 * @param series - first row of each, without those that cannot be filled, and its parts
 */
export function checkPartWeights(
  { data, training, architecture }: ForecastSpecification,
  weights: Float64Array,
  series: readonly { readonly start: number; readonly parts: SeriesParts }[],
): FieldProblem[] {
  const window = windowOf(data);
  const { length, horizon } = window;
  const targetSteps = {
    training: targetStepCount(architecture, training.loss_steps, data.window.length),
    validation: 1,
  };
  /** Whether some row counts that a window of the part has for a target; each row is looked at once. */
  const hasWeight = (part: 'training' | 'validation', start: number, parts: SeriesParts): boolean => {
    const { first, step, count } = windowsOf(part, parts, window);
    let looked = 0;
    for (let end = first + length; end <= first + (count - 1) * step + length; end += step) {
      const from = Math.max(looked, end - targetSteps[part] + 1);
      looked = end + horizon;
      if (weights.subarray(start + from, start + looked).some((weight) => weight > 0)) return true;
    }
    return false;
  };
  const counts = { training: false, validation: false };
  for (const { start, parts } of series) {
    counts.training ||= hasWeight('training', start, parts);
    counts.validation ||= hasWeight('validation', start, parts);
  }
  return Object.entries(counts)
    .filter(([, isSome]) => !isSome)
    .map(([part]) => ({
      pointer,
      message: `expected a weight above 0 among the target rows of the ${part} part, got 0 in all of them`,
    }));
}
