/** What a card says whatever the task. */
import { Type, type TProperties } from 'typebox';
import type { TaskKind, TaskSpecifications } from '../../engine/spec/tasks.ts';
import { TrainingSpecification } from '../../engine/spec/training-specification.ts';

const ofAnyTask = {
  dataset: Type.Object(
    { id: Type.String(), name: Type.String(), sha256: Type.String(), row_count: Type.Integer() },
    { additionalProperties: false },
  ),
  training: Type.Object(
    {
      epochs: Type.Integer({ description: 'Epochs trained.' }),
      best_epoch: Type.Integer(),
      best_validation_loss: Type.Number(),
      stopped: Type.Union([
        Type.Literal('epochs'),
        Type.Literal('early_stopping'),
        Type.Literal('max_seconds'),
      ]),
      seconds: Type.Number(),
      parameter_count: Type.Integer(),
    },
    { additionalProperties: false },
  ),
  file: Type.Object(
    { bytes: Type.Integer(), sha256: Type.String(), opset: Type.Integer() },
    { additionalProperties: false },
  ),
  lineage: Type.Object(
    {
      job_id: Type.String(),
      initialized_from: Type.Optional(
        Type.String({
          description:
            'Whose weights training began with: `name@version`, or a checkpoint of a job; absent: random ones.',
        }),
      ),
      unroll_version: Type.String(),
      created_at: Type.String(),
    },
    { additionalProperties: false },
  ),
};

/** The card of a task. @param own - what it says beside that: parts, what was fitted, scores */
export const cardOf = <Task extends TaskKind, Own extends TProperties>(task: Task, own: Own) =>
  Type.Object(
    {
      task: Type.Literal(task),
      specification: Type.Unsafe<TaskSpecifications[Task]>(TrainingSpecification),
      ...own,
      ...ofAnyTask,
    },
    { additionalProperties: false },
  );
