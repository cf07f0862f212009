/** What a dry run answers: the plan, the network's size and the shapes of what goes through it. */
import type { TaskPlan, TaskPlans } from '../../../../datasets/tasks/plans.ts';
import type { TaskKind, TaskSpecifications } from '../../../../engine/spec/tasks.ts';
import type { TrainingSpecification } from '../../../../engine/spec/training-specification.ts';
import type { JobSize } from './job-size.ts';
import type { TrainingJobPlan } from './schemas.ts';

interface Planned {
  readonly modelName: string;
  readonly specification: TrainingSpecification;
  readonly plan: TaskPlan;
  readonly warnings: readonly string[];
}

/** What the plan of one task says. */
type Own = Pick<TrainingJobPlan, 'series' | 'labels' | 'shapes'>;
type PresentOwn<Kind extends TaskKind> = (
  specification: TaskSpecifications[Kind],
  plan: TaskPlans[Kind],
  batchSize: number,
) => Own;

const own: { readonly [Kind in TaskKind]: PresentOwn<Kind> } = {
  forecast: ({ architecture, data }, plan, batchSize) => {
    const output = [data.window.horizon, data.targets.length];
    return {
      series: plan.series,
      shapes: {
        input: [batchSize, plan.steps, plan.inputSize],
        output:
          architecture === 'sequence_to_sequence'
            ? [batchSize, plan.steps, ...output]
            : [batchSize, ...output],
      },
    };
  },
  classification: (_specification, plan, batchSize) => ({
    labels: [...plan.labels],
    shapes: rowShapes(plan, batchSize),
  }),
  multilabel: (_specification, plan, batchSize) => ({
    labels: [...plan.labels],
    shapes: rowShapes(plan, batchSize),
  }),
  regression: (_specification, plan, batchSize) => ({ shapes: rowShapes(plan, batchSize) }),
  curve: ({ data }, plan, batchSize) => ({
    shapes: {
      input: [batchSize, plan.inputSize],
      output: [batchSize, plan.writtenSteps, data.targets.length],
    },
  }),
  series_classification: (_specification, plan, batchSize) => ({
    series: plan.series,
    labels: [...plan.labels],
    shapes: rowShapes(plan, batchSize),
  }),
  tagging: (_specification, plan, batchSize) => ({
    series: plan.series,
    labels: [...plan.labels],
    shapes: {
      ...rowShapes(plan, batchSize),
      output: [batchSize, plan.steps, plan.outputSize],
    },
  }),
  language_model: (_specification, plan, batchSize) => ({
    shapes: { input: [batchSize, plan.steps], output: [batchSize, plan.steps, plan.outputSize] },
  }),
  transduction: ({ architecture }, plan, batchSize) => ({
    shapes: {
      input:
        architecture === 'vector_to_sequence'
          ? [batchSize, plan.inputSize]
          : rowShapes(plan, batchSize).input,
      output: [batchSize, plan.writtenSteps, plan.writes.vocabulary],
    },
  }),
};

/** [batch, steps] of ids alone, [batch, steps, numbers and ids] otherwise. */
const rowShapes = ({ steps, inputSize, outputSize }: TaskPlan, batchSize: number): Own['shapes'] => ({
  input: [batchSize, steps, ...(inputSize === 1 ? [] : [inputSize])],
  output: [batchSize, outputSize],
});

export function presentPlan(
  datasetId: string,
  { modelName, specification, plan, warnings }: Planned,
  { parameterCount, memoryBytes, batchSize }: JobSize,
): TrainingJobPlan {
  const present = own[plan.task] as (
    specification: TrainingSpecification,
    plan: TaskPlan,
    batchSize: number,
  ) => Own;
  return {
    dry_run: true,
    name: modelName,
    dataset_id: datasetId,
    specification,
    task: plan.task,
    parameter_count: parameterCount,
    memory_bytes: memoryBytes,
    windows: { ...plan.windows },
    ...present(specification, plan, batchSize),
    warnings: [...warnings],
  };
}
