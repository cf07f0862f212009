/** Each task's way from a table to something that can be trained. */
import { UnknownLabelError } from '../../datasets/tasks/unknown-label-error.ts';
import { taskOf, type TaskKind, type TaskSpecifications } from '../../engine/spec/tasks.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { classificationTask } from './classification-task.ts';
import { curveTask } from './curve-task.ts';
import { forecastTask } from './forecast-task.ts';
import { multilabelTask } from './multilabel-task.ts';
import { regressionTask } from './regression-task.ts';
import { labelledSeriesTask } from './labelled-series-task.ts';
import { FirstWeightsError } from './job-errors.ts';
import { languageModelTask } from './language-model-task.ts';
import type { PreparedTask } from './prepared-task.ts';
import { transductionTask } from './transduction-task.ts';

type Prepare<Specification> = (
  tablePath: string,
  specification: Specification,
  fitted: unknown,
  workFolder: string,
) => Promise<PreparedTask>;

const tasks: { readonly [Kind in TaskKind]: Prepare<TaskSpecifications[Kind]> } = {
  forecast: forecastTask,
  classification: classificationTask,
  multilabel: multilabelTask,
  regression: regressionTask,
  curve: curveTask,
  series_classification: labelledSeriesTask,
  tagging: labelledSeriesTask,
  language_model: languageModelTask,
  transduction: transductionTask,
};

/**
 * @param specification - a resolved one
 * @param workFolder - of this attempt alone, for what does not fit in memory
 * @param fitted - of the training whose weights this one begins with; undefined: it is fitted on this table
 * @throws FirstWeightsError when the table has labels that training did not have
 */
export async function prepareTask(
  tablePath: string,
  specification: TrainingSpecification,
  workFolder: string,
  fitted?: unknown,
): Promise<PreparedTask> {
  const prepare = tasks[taskOf(specification)] as Prepare<TrainingSpecification>;
  try {
    return await prepare(tablePath, specification, fitted, workFolder);
  } catch (error) {
    throw error instanceof UnknownLabelError ? new FirstWeightsError(error.message) : error;
  }
}
