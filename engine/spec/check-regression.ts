/** What a schema cannot say of the output of a regression, and of the steps that its loss uses. */
import { isWriter, type Architecture } from './architectures.ts';
import type { SpecificationError } from './check-model.ts';
import { lossStepCount, type LossSteps } from './loss-steps.ts';
import { knowsDistribution, type RegressionOutput } from './regression.ts';

/** @returns one entry for each impossible combination */
export function checkRegression({
  loss,
  quantiles,
  calibration,
}: RegressionOutput): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse = (pointer: string, message: string) => errors.push({ pointer, message });
  if (!knowsDistribution(loss)) {
    for (const [field, value] of Object.entries({ quantiles, calibration })) {
      if (value !== undefined)
        refuse(
          `/output/${field}`,
          `expected ${field} with loss quantile, gaussian or student_t alone, got loss ${loss}`,
        );
    }
    return errors;
  }
  quantiles?.forEach((level, index) => {
    const before = quantiles[index - 1];
    if (before !== undefined && level <= before)
      refuse(`/output/quantiles/${index}`, `expected rising order, got ${level} after ${before}`);
  });
  if (loss === 'quantile' && quantiles && !quantiles.includes(0.5))
    refuse(
      '/output/quantiles',
      `expected 0.5 among them, which is the forecast itself, got ${quantiles.join(', ')}`,
    );
  return errors;
}

/** Whether a window of `length` steps has the outputs that the loss is to use. */
export function checkLossSteps(
  lossSteps: LossSteps | undefined,
  architecture: Architecture,
  length: number,
): readonly SpecificationError[] {
  if (lossSteps === undefined) return [];
  const pointer = '/training/loss_steps';
  if (typeof lossSteps === 'object') {
    if ('last' in lossSteps && lossSteps.last > length)
      return [
        {
          pointer: `${pointer}/last`,
          message: `expected at most the ${length} steps of the window, got ${lossSteps.last}`,
        },
      ];
    if ('from' in lossSteps && lossSteps.from >= length)
      return [
        {
          pointer: `${pointer}/from`,
          message: `expected a step of the window, at most ${length - 1} (the first is 0), got ${lossSteps.from}`,
        },
      ];
  }
  if (isWriter(architecture) && lossSteps !== 'all')
    return [
      {
        pointer,
        message: `expected all for ${architecture}, which is told of every step that it writes, got ${JSON.stringify(lossSteps)}`,
      },
    ];
  if (architecture === 'sequence_to_vector' && lossStepCount(lossSteps, length) !== 1)
    return [
      {
        pointer,
        message: `expected last for sequence_to_vector, which has one output after the whole window, got ${JSON.stringify(lossSteps)}`,
      },
    ];
  return [];
}
