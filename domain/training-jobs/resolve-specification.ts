/** What was asked for, with every default filled in: what is stored, shown and trained. */
import { Value } from 'typebox/value';
import { checkTask } from '../../engine/spec/check-task.ts';
import type { Window } from '../../engine/spec/data.ts';
import { defaultLossSteps } from '../../engine/spec/loss-steps.ts';
import { resolveRegression } from '../../engine/spec/regression.ts';
import { findTask, type TaskKind } from '../../engine/spec/tasks.ts';
import { resolveSearch } from '../../engine/spec/tokens.ts';
import type { TrainingOptions } from '../../engine/spec/training.ts';
import { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { UnrollError } from '../errors/unroll-error.ts';

/** Throws `validation_failed` with a pointer for each field that is wrong. */
export function resolveSpecification(asked: unknown): TrainingSpecification {
  const filled = Value.Default(TrainingSpecification, Value.Clone(asked));
  if (!Value.Check(TrainingSpecification, filled)) {
    const errors = Value.Errors(TrainingSpecification, filled).map(({ instancePath, message }) => ({
      pointer: instancePath,
      message,
    }));
    throw new UnrollError('validation_failed', 'The specification is not valid.', { errors });
  }
  const { architecture, data, training, output } = filled;
  const errors = checkTask(filled);
  if (errors.length > 0)
    throw new UnrollError('validation_failed', 'The specification contradicts itself.', { errors });
  return {
    ...filled,
    data: { ...data, ...(data.window && { window: resolveWindow(data.window, training) }) },
    output: resolveOutput(output, findTask(filled)),
    training: { ...training, loss_steps: training.loss_steps ?? defaultLossSteps[architecture] },
  };
}

/** Windows of stateful training begin where the one before them ends. */
const resolveWindow = (window: Window, { stateful }: Pick<TrainingOptions, 'stateful'>): Window => ({
  ...window,
  stride: window.stride ?? (stateful ? window.length : 1),
});

/** Options that belong to some tasks alone have no default in the schema. */
function resolveOutput(
  output: TrainingSpecification['output'],
  task: TaskKind | undefined,
): TrainingSpecification['output'] {
  if (output.type === 'regression') return resolveRegression(output);
  return output.type === 'tokens' && task === 'transduction' ? resolveSearch(output) : output;
}
