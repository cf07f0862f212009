/** Each kind of task: how its streams go on, or why there are none. */
import type { ModelVersion } from '../../../domain/models/model.ts';
import type { TaskKind } from '../../../engine/spec/tasks.ts';
import { forecastSteps } from './forecast-steps.ts';
import { labelSteps } from './label-steps.ts';
import type { Stepper } from './stepper.ts';
import { textSteps } from './text-steps.ts';
import { tokenSteps } from './token-steps.ts';

/** What is written depends on the whole of what is read. */
const writes =
  'expected a model that answers after every step, got one that reads a whole input before it writes';

const steppers: Record<TaskKind, Stepper<never> | string> = {
  forecast: forecastSteps,
  language_model: tokenSteps,
  series_classification: labelSteps,
  tagging: labelSteps,
  ...textSteps,
  curve: writes,
  transduction: writes,
};

/** How the streams of a version go on, or why it has none. */
export function stepperOf({ card }: Pick<ModelVersion, 'card'>): Stepper<ModelVersion['card']> | string {
  const stepper = steppers[card.task] as Stepper<ModelVersion['card']> | string;
  return typeof stepper === 'string' ? stepper : (stepper.refusal(card) ?? stepper);
}
