/** What a schema cannot say of curves: which parts of their specification do not go together. */
import type { WriterArchitecture } from './architectures.ts';
import type { SpecificationError } from './check-model.ts';
import { checkRowData } from './check-row-data.ts';
import { checkReading } from './check-transduction.ts';
import { knowsDistribution } from './regression.ts';
import { columnScaling } from './scaling.ts';
import { isTextTarget } from './targets.ts';
import type { TrainingSpecification } from './training-specification.ts';

/** @returns one entry for each part that does not belong */
export function checkCurves(specification: TrainingSpecification): readonly SpecificationError[] {
  const { architecture, data, output, training } = specification;
  const errors: SpecificationError[] = [];
  const refuse = (pointer: string, message: string) => errors.push({ pointer, message });
  if (training.loss_steps !== undefined && training.loss_steps !== 'all')
    refuse(
      '/training/loss_steps',
      `expected all for curves, of which every number that is written counts, got ${JSON.stringify(training.loss_steps)}`,
    );
  checkRowData(specification, 'curves', refuse);
  errors.push(...checkReading(architecture as WriterArchitecture, data.inputs));
  data.targets.forEach((target, index) => {
    if (isTextTarget(target)) return;
    const scaling = columnScaling(data, target);
    if (scaling !== 'standard' && scaling !== 'none')
      refuse(
        `/data/targets/${index}/scaling`,
        `expected standard or none for a curve, whose numbers are all scaled alike, got ${scaling}`,
      );
  });
  if (output.type === 'regression' && knowsDistribution(output.loss))
    refuse('/output/loss', `expected mse, mae or huber for curves, got ${output.loss}`);
  return errors;
}
