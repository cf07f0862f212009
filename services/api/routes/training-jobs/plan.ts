/** What a dry run answers: the plan, the network's size and the shapes of what goes through it. */
import type { ForecastPlan } from '../../../../datasets/forecasting/contract.ts';
import { networkShape, type NetworkShape } from '../../../../engine/spec/network-shape.ts';
import type { TrainingSpecification } from '../../../../engine/spec/training-specification.ts';
import type { TrainingJobPlan } from './schemas.ts';

interface Planned {
  readonly modelName: string;
  readonly specification: TrainingSpecification;
  readonly plan: ForecastPlan;
  readonly warnings: readonly string[];
}

export function presentPlan(
  datasetId: string,
  { modelName, specification, plan, warnings }: Planned,
  parameterCount: (network: NetworkShape) => number,
): TrainingJobPlan {
  const { architecture, data, training } = specification;
  const { length, horizon } = data.window;
  const batch = training.batch_size;
  const output = [horizon, data.targets.length];
  return {
    dry_run: true,
    name: modelName,
    dataset_id: datasetId,
    specification,
    parameter_count: parameterCount(networkShape(architecture, specification.model, plan)),
    windows: { ...plan.windows },
    series: plan.series,
    shapes: {
      input: [batch, length, plan.inputSize],
      output: architecture === 'sequence_to_sequence' ? [batch, length, ...output] : [batch, ...output],
    },
    warnings: [...warnings],
  };
}
