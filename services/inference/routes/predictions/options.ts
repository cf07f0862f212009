/** Which options of a prediction belong to which tasks. */
import type { TaskKind } from '../../../../engine/spec/tasks.ts';
import { refuseAll } from './refuse.ts';
import { generationOptionNames } from '../../../../engine/spec/generation.ts';
import { searchOptionNames, type PredictionRequest } from './schemas.ts';

type Option = Exclude<keyof PredictionRequest, 'inputs'>;

const known: Record<TaskKind, readonly Option[]> = {
  forecast: [],
  classification: [],
  multilabel: [],
  regression: [],
  curve: [],
  series_classification: [],
  tagging: [],
  language_model: [...generationOptionNames, 'max_length'],
  transduction: [...searchOptionNames, 'max_length'],
};
const all = [...new Set(Object.values(known).flat())];

/** Throws `validation_failed` with a pointer to each option of other tasks than the model's. */
export function refuseOtherOptions(request: PredictionRequest, task: TaskKind): void {
  const given = all.filter((name) => request[name] !== undefined && !known[task].includes(name));
  refuseAll(
    given.map((name) => ({
      pointer: `/${name}`,
      message: `expected no ${name} for a model of task ${task}, got ${request[name]}`,
    })),
  );
}
