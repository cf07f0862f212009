/** What a dry run answers: the plan, the network's size and the shapes of what goes through it. */
import type { ForecastPlan } from '../../../../datasets/forecasting/contract.ts';
import type { TrainingSpecification } from '../../../../engine/spec/training-specification.ts';
import type { JobSize } from './job-size.ts';
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
  { parameterCount, memoryBytes, batchSize }: JobSize,
): TrainingJobPlan {
  const { architecture, data } = specification;
  const { length, horizon } = data.window;
  const output = [horizon, data.targets.length];
  return {
    dry_run: true,
    name: modelName,
    dataset_id: datasetId,
    specification,
    parameter_count: parameterCount,
    memory_bytes: memoryBytes,
    windows: { ...plan.windows },
    series: plan.series,
    shapes: {
      input: [batchSize, length, plan.inputSize],
      output:
        architecture === 'sequence_to_sequence' ? [batchSize, length, ...output] : [batchSize, ...output],
    },
    warnings: [...warnings],
  };
}
