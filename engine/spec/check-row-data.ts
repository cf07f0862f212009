/** What a schema cannot say of the `data` of a task in which each row of the table is an example. */
import type { Refuse } from './check-model.ts';
import { describeInput, isInput } from './inputs.ts';
import { scalingOf } from './scaling.ts';
import type { TrainingSpecification } from './training-specification.ts';

/** Parts that belong to series. */
const ofSeries = ['window', 'group_by', 'order_by', 'seasonality', 'weight'] as const;

/** @param task - what the task is called in messages */
export function checkRowData({ data }: TrainingSpecification, task: string, refuse: Refuse): void {
  for (const field of ofSeries) {
    if (data[field] !== undefined)
      refuse(`/data/${field}`, `expected no ${field} for ${task}, where each row is an example, got one`);
  }
  if (!['error', 'mean', 'mask', 'drop'].includes(data.missing))
    refuse(
      '/data/missing',
      `expected error, mean, mask or drop for ${task}, where no row is before another, got ${data.missing}`,
    );
  if (data.split.by !== undefined && data.split.column !== undefined)
    refuse('/data/split', 'expected by (groups) or column (parts as given), got both');
  const { type, per } = scalingOf(data.scaling);
  if (per !== 'training') refuse('/data/scaling/per', `expected training for ${task}, got ${per}`);
  const whole = data.inputs.find(
    (input) => isInput(input, 'vector') || isInput(input, 'image') || isInput(input, 'audio'),
  );
  if (whole && type !== 'standard' && type !== 'none')
    refuse(
      typeof data.scaling === 'string' ? '/data/scaling' : '/data/scaling/type',
      `expected standard or none for ${describeInput(whole)}, got ${type}; a column of numbers may have a scaling of its own`,
    );
  for (const field of ['gap', 'folds'] as const)
    if (data.split[field] !== undefined)
      refuse(`/data/split/${field}`, `expected no ${field} for ${task}, got ${data.split[field]}`);
  data.inputs.forEach((input, index) => {
    if (isInput(input, 'calendar'))
      refuse(`/data/inputs/${index}`, `expected columns for ${task}, got ${describeInput(input)}`);
    if (!isInput(input, 'numbers')) return;
    for (const field of ['lags', 'known_ahead'] as const)
      if (input[field] !== undefined)
        refuse(
          `/data/inputs/${index}/${field}`,
          `expected no ${field} for ${task}, where no row is before another, got ${JSON.stringify(input[field])}`,
        );
  });
}
