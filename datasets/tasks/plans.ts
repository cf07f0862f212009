/** The plans of all tasks. */
import type { TaskKind } from '../../engine/spec/tasks.ts';
import type { ClassificationPlan } from '../classification/contract.ts';
import type { CurvePlan } from '../curves/contract.ts';
import type { ForecastPlan } from '../forecasting/contract.ts';
import type { MultilabelPlan } from '../multilabel/contract.ts';
import type { RegressionPlan } from '../regression/contract.ts';
import type { LabelledSeriesPlan } from '../labelled-series/contract.ts';
import type { LanguageModelPlan } from '../language-modeling/contract.ts';
import type { TransductionPlan } from '../transduction/contract.ts';
import type { PlanOf } from './contract.ts';

export interface TaskPlans extends Record<TaskKind, PlanOf<TaskKind>> {
  readonly forecast: ForecastPlan;
  readonly classification: ClassificationPlan;
  readonly multilabel: MultilabelPlan;
  readonly regression: RegressionPlan;
  readonly curve: CurvePlan;
  readonly series_classification: LabelledSeriesPlan;
  readonly tagging: LabelledSeriesPlan;
  readonly language_model: LanguageModelPlan;
  readonly transduction: TransductionPlan;
}
export type TaskPlan = TaskPlans[TaskKind];
