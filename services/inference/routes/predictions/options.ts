/** Which options of a prediction belong to which tasks. */
import { writingOptionNames, writingOptions } from '../../../../engine/spec/generation.ts';
import type { TaskKind } from '../../../../engine/spec/tasks.ts';
import { refuseAll } from './refuse.ts';
import type { PredictionRequest } from './schemas.ts';

/** Throws `validation_failed` with a pointer to each option of other tasks than the model's. */
export function refuseOtherOptions(request: PredictionRequest, task: TaskKind): void {
  const given = writingOptionNames.filter(
    (name) => request[name] !== undefined && !writingOptions[task].includes(name),
  );
  refuseAll(
    given.map((name) => ({
      pointer: `/${name}`,
      message: `expected no ${name} for a model of task ${task}, got ${request[name]}`,
    })),
  );
}
