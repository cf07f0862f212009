/** Each kind of task: how its streams go on, or why there are none. */
import type { ModelVersion } from '../../../domain/models/model.ts';
import type { TaskKind } from '../../../engine/spec/tasks.ts';
import { forecastSteps } from './forecast-steps.ts';
import type { Stepper } from './stepper.ts';
import { tokenSteps } from './token-steps.ts';

/** What is written depends on the whole of what is read. */
const writes =
  'expected a forecast or a language model, got a model that reads a whole input before it writes';
const ofSeries = 'expected a forecast or a language model, got a model of labels of series';
/** A row is an example of its own: nothing goes on from one to the next. */
const ofRows = 'expected a forecast or a language model, got a model whose examples are rows of their own';

const steppers: Record<TaskKind, Stepper<never> | string> = {
  forecast: forecastSteps,
  language_model: tokenSteps,
  classification: ofRows,
  multilabel: ofRows,
  regression: ofRows,
  curve: ofRows,
  transduction: writes,
  series_classification: ofSeries,
  tagging: ofSeries,
};

/** How the streams of a version go on, or why it has none. */
export function stepperOf({ card }: Pick<ModelVersion, 'card'>): Stepper<ModelVersion['card']> | string {
  const stepper = steppers[card.task] as Stepper<ModelVersion['card']> | string;
  return typeof stepper === 'string' ? stepper : (stepper.refusal(card) ?? stepper);
}
