/** Specifications for the tests of this room: what a test cares about, the rest by the defaults of the schema. */
import { Value } from 'typebox/value';
import type { DataSpecification } from '../../../engine/spec/data.ts';
import type { LossSteps } from '../../../engine/spec/loss-steps.ts';
import type { ForecastSpecification } from '../../../engine/spec/tasks.ts';
import { TrainingSpecification } from '../../../engine/spec/training-specification.ts';

export function forecastSpecification(o: {
  data: Partial<DataSpecification> & Pick<DataSpecification, 'inputs' | 'targets' | 'window'>;
  architecture?: TrainingSpecification['architecture'];
  lossSteps?: LossSteps;
  stateful?: boolean;
}): ForecastSpecification {
  const asked = {
    architecture: o.architecture ?? 'sequence_to_vector',
    data: o.data,
    model: { cell: 'lstm' },
    training: {
      ...(o.lossSteps !== undefined && { loss_steps: o.lossSteps }),
      ...(o.stateful !== undefined && { stateful: o.stateful }),
    },
  };
  return Value.Parse(
    TrainingSpecification,
    Value.Default(TrainingSpecification, asked),
  ) as ForecastSpecification;
}
