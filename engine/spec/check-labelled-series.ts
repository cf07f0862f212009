/** What a schema cannot say of tasks whose examples are series with labels: which parts of their specification do not go together. */
import type { SpecificationError } from './check-model.ts';
import { describeInput, isInput } from './inputs.ts';
import { scalingOf } from './scaling.ts';
import type { TrainingSpecification } from './training-specification.ts';

/** @returns one entry for each part that does not belong */
export function checkLabelledSeries({
  architecture,
  data,
  training,
}: TrainingSpecification): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse = (pointer: string, message: string) => errors.push({ pointer, message });
  const isTagging = architecture === 'sequence_to_sequence';
  const what = isTagging ? 'a label for each row of a series' : 'a label of a series';
  if (data.group_by === undefined)
    refuse('/data/group_by', `expected the column that tells one series from another for ${what}, got none`);
  if (data.targets.length !== 1)
    refuse('/data/targets', `expected one column of labels for classification, got ${data.targets.length}`);
  const lossSteps = isTagging ? 'all' : 'last';
  if (training.loss_steps !== undefined && training.loss_steps !== lossSteps)
    refuse(
      '/training/loss_steps',
      `expected ${lossSteps} for ${what}, got ${JSON.stringify(training.loss_steps)}; rows without a label are not learnt from`,
    );
  if (isTagging && training.sampling !== undefined)
    refuse(
      '/training/sampling',
      `expected output.class_weights for ${what}, since a series has many labels, got sampling ${training.sampling}`,
    );
  if (data.window !== undefined && data.window.horizon !== 1)
    refuse(
      '/data/window/horizon',
      `expected 1 for ${what}, which foretells nothing, got ${data.window.horizon}`,
    );
  if (data.seasonality !== undefined)
    refuse('/data/seasonality', `expected no seasonality for ${what}, got one`);
  if (data.weight !== undefined && !isTagging)
    refuse(
      '/data/weight',
      `expected no weight for ${what}, got one; sequence_to_sequence, with a label for each row, takes it`,
    );
  for (const field of ['gap', 'folds'] as const)
    if (data.split[field] !== undefined)
      refuse(
        `/data/split/${field}`,
        `expected no ${field} for ${what}, where whole series are in one part, got ${data.split[field]}`,
      );
  if (data.split.by !== undefined && data.split.column !== undefined)
    refuse('/data/split', 'expected by (groups) or column (parts as given), got both');
  if (!['error', 'mean', 'mask'].includes(data.missing))
    refuse(
      '/data/missing',
      `expected error, mean or mask for ${what}, got ${data.missing}; missing categories are unknown ones`,
    );
  const { per } = scalingOf(data.scaling);
  if (per !== 'training') refuse('/data/scaling/per', `expected training for ${what}, got ${per}`);
  data.inputs.forEach((input, index) => {
    if (!isInput(input, 'numbers') && !isInput(input, 'categories'))
      refuse(
        `/data/inputs/${index}`,
        `expected columns of numbers or categories for ${what}, got ${describeInput(input)}`,
      );
    if (!isInput(input, 'numbers')) return;
    for (const field of ['lags', 'known_ahead'] as const)
      if (input[field] !== undefined)
        refuse(
          `/data/inputs/${index}/${field}`,
          `expected no ${field} for ${what}, got ${JSON.stringify(input[field])}`,
        );
  });
  return errors;
}
