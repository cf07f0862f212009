/** Training jobs on the wire. */
import { Type, type Static } from 'typebox';
import { ModelName } from '../../../../domain/models/model-name.ts';
import { InitializeFrom } from '../../../../domain/training-jobs/initialize-from.ts';
import {
  EpochMetrics,
  JobError,
  TrainingJobEventType,
  TrainingJobStatus,
} from '../../../../domain/training-jobs/training-job.ts';
import { TrainingSpecification } from '../../../../engine/spec/training-specification.ts';
import { TaskName } from '../../../../engine/spec/tasks.ts';
import { nullable, Timestamp } from '../../../http/answers.ts';
import { listOf, listQuery } from '../../../http/pagination.ts';
import { eventListOf, eventOf } from '../jobs/event-schemas.ts';
import { ModelVersionReference } from '../models/version-reference.ts';
import { requestExample } from './request-example.ts';

const Priority = Type.Integer({
  minimum: -100,
  maximum: 100,
  default: 0,
  description:
    'Among waiting jobs the greater goes first; among equals shorter ones, which let none wait for ever.',
});

/** What may be changed of a job. */
export const TrainingJobChange = Type.Object(
  { priority: Type.Integer({ minimum: -100, maximum: 100 }) },
  { title: 'TrainingJobChange', additionalProperties: false, examples: [{ priority: 10 }] },
);

/** What is sent: the specification's own fields, the dataset, and the model's name. */
export const TrainingJobRequest = Type.Object(
  {
    dataset_id: Type.String({ minLength: 1, description: 'A dataset that is ready.' }),
    name: Type.Optional(ModelName),
    priority: Type.Optional(Priority),
    initialize_from: Type.Optional(InitializeFrom),
    ...TrainingSpecification.properties,
  },
  {
    title: 'TrainingJobRequest',
    additionalProperties: false,
    description: 'Everything but `dataset_id`, `architecture`, `data` and `model.cell` has a default.',
    examples: [requestExample],
  },
);

export const TrainingJobResource = Type.Object(
  {
    id: Type.String({ description: '`job_` and 32 hexadecimal digits, in the order of creation.' }),
    name: Type.String({ description: 'Of the model that a new version is made of.' }),
    dataset_id: Type.String(),
    status: TrainingJobStatus,
    specification: Type.Unsafe<Static<typeof TrainingSpecification>>({
      ...TrainingSpecification,
      title: 'TrainingSpecification',
      description: 'With every default filled in.',
    }),
    progress: Type.Number({ description: '0 to 1.' }),
    epoch: Type.Integer(),
    step: Type.Integer({ description: 'Optimiser steps taken.' }),
    metrics: nullable(EpochMetrics, 'The latest; null before the end of the first epoch.'),
    error: nullable(JobError, 'Why it failed.'),
    model: nullable(ModelVersionReference, 'What came out, when it succeeded.'),
    priority: Type.Integer({ description: 'Among waiting jobs the greater goes first.' }),
    initialize_from: nullable(
      InitializeFrom,
      'The exact version or checkpoint whose weights it begins with; null: random ones.',
    ),
    attempt: Type.Integer({ description: 'How many times a worker has taken it up.' }),
    queue_position: nullable(
      Type.Integer(),
      'In the order in which jobs will be taken up, as things stand; 1 is next; null unless queued.',
    ),
    estimated_finish_at: nullable(
      Timestamp,
      'Of a running job from its pace so far, of a queued one from the work before it and the pace of the workers; early stopping may end it sooner, jobs that come later may delay it. Null when it is not known.',
    ),
    created_at: Timestamp,
    started_at: nullable(Timestamp, 'When training first began.'),
    finished_at: nullable(Timestamp, 'When it ended.'),
    updated_at: Timestamp,
  },
  {
    title: 'TrainingJob',
    additionalProperties: false,
    description: 'One run of the trainer, from a dataset and a specification to a model version.',
  },
);
export type TrainingJobResource = Static<typeof TrainingJobResource>;

export const TrainingJobPlan = Type.Object(
  {
    dry_run: Type.Literal(true),
    name: Type.String({ description: 'Of the model that a new version would be made of.' }),
    dataset_id: Type.String(),
    specification: TrainingJobResource.properties.specification,
    task: TaskName,
    parameter_count: Type.Integer({
      description: 'Numbers to be fitted; at most, where a vocabulary is yet to be found.',
    }),
    memory_bytes: Type.Integer({ description: 'About how much memory training needs.' }),
    windows: Type.Object(
      { training: Type.Integer(), validation: Type.Integer(), test: Type.Integer() },
      { additionalProperties: false },
    ),
    series: Type.Optional(
      Type.Integer({ description: 'Of a forecast: series that are long enough for a window.' }),
    ),
    labels: Type.Optional(
      Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        description: 'Of a classification or multilabel: the labels that are told apart.',
      }),
    ),
    shapes: Type.Object(
      {
        input: Type.Array(Type.Integer(), {
          description:
            '[batch, steps, columns] of one training batch; [batch, steps] of a text alone, [batch, columns] of the numbers of a row.',
        }),
        output: Type.Array(Type.Integer(), {
          description:
            '[batch, horizon, columns], or [batch, steps, horizon, columns] for an output at every step; [batch, labels] of a classification; [batch, columns] of a regression of rows; [batch, steps, tokens] of a language model; [batch, steps, symbols] of a text that is written, its end counted.',
        }),
      },
      { additionalProperties: false },
    ),
    warnings: Type.Array(Type.String()),
  },
  {
    title: 'TrainingJobPlan',
    additionalProperties: false,
    description: 'What a training job would do.',
  },
);
export type TrainingJobPlan = Static<typeof TrainingJobPlan>;

export const TrainingJobList = listOf(TrainingJobResource, 'TrainingJobList');

export const TrainingJobListQuery = listQuery('job', {
  status: Type.Optional(TrainingJobStatus),
  dataset_id: Type.Optional(Type.String({ minLength: 1 })),
  name: Type.Optional(
    Type.String({ minLength: 1, description: 'Only jobs for the model of exactly this name.' }),
  ),
});

export const CreateQuery = Type.Object(
  {
    dry_run: Type.Boolean({
      default: false,
      description: 'Check everything and say what the job would do, without starting it.',
    }),
  },
  { additionalProperties: false },
);

export const TrainingJobEventResource = eventOf(TrainingJobEventType, 'TrainingJobEvent');
export type TrainingJobEventResource = Static<typeof TrainingJobEventResource>;
export const EventList = eventListOf(TrainingJobEventResource, 'TrainingJobEventList');

export const MetricsQuery = Type.Object(
  {
    points: Type.Integer({
      minimum: 2,
      maximum: 10_000,
      default: 500,
      description: 'Leave out epochs evenly until at most so many are left; the first and the last stay.',
    }),
  },
  { additionalProperties: false },
);

export const TrainingJobMetrics = Type.Object(
  {
    data: Type.Array(EpochMetrics, { description: 'One point per epoch, oldest first.' }),
    epochs: Type.Integer({ description: 'How many points there are before any are left out.' }),
  },
  { title: 'TrainingJobMetrics', additionalProperties: false },
);
