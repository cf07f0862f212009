/** What a specification of any task comes to on a stored table. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import { taskOf, type TaskKind, type TaskSpecifications } from '../../engine/spec/tasks.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { planTable as planClassification } from '../classification/plan-table.ts';
import { planTable as planCurves } from '../curves/plan.ts';
import { planTable as planForecast } from '../forecasting/plan-table.ts';
import { planTable as planMultilabel } from '../multilabel/plan-table.ts';
import { planTable as planRegression } from '../regression/plan.ts';
import { planTable as planLabelledSeries } from '../labelled-series/plan-table.ts';
import { planTable as planLanguageModel } from '../language-modeling/plan-table.ts';
import { planTable as planTransduction } from '../transduction/plan-table.ts';
import type { Planning } from './contract.ts';
import type { TaskPlan, TaskPlans } from './plans.ts';
import { textSizes } from './text-sizes.ts';

interface Asked<Specification> {
  readonly tablePath: string;
  readonly specification: Specification;
  readonly columns: readonly ColumnProfile[];
  readonly rowCount: number;
}

const planners: {
  readonly [Kind in TaskKind]: (asked: Asked<TaskSpecifications[Kind]>) => Promise<Planning<TaskPlans[Kind]>>;
} = {
  forecast: planForecast,
  classification: planClassification,
  multilabel: planMultilabel,
  regression: planRegression,
  curve: planCurves,
  series_classification: planLabelledSeries,
  tagging: planLabelledSeries,
  language_model: planLanguageModel,
  transduction: planTransduction,
};

/** @param asked - a resolved specification */
export async function planTask(asked: Asked<TrainingSpecification>): Promise<Planning<TaskPlan>> {
  const plan = planners[taskOf(asked.specification)] as (
    asked: Asked<TrainingSpecification>,
  ) => Promise<Planning<TaskPlan>>;
  const planned = await plan(asked);
  if (planned.plan === null) return planned;
  const texts = await textSizes(asked.tablePath, asked.specification);
  return { ...planned, plan: { ...planned.plan, texts } };
}
