/** /v1/training-jobs: asking for models, watching them come about, changing one's mind. */
import type { Static } from 'typebox';
import { unknownDataset } from '../../../../domain/datasets/find-ready-dataset.ts';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { createTrainingJob, type PlanCheck } from '../../../../domain/training-jobs/create-training-job.ts';
import { deleteTrainingJob } from '../../../../domain/training-jobs/delete-training-job.ts';
import { requestCancel } from '../../../../domain/training-jobs/request-cancel.ts';
import { requestPause } from '../../../../domain/training-jobs/request-pause.ts';
import { resumeTrainingJob } from '../../../../domain/training-jobs/resume-training-job.ts';
import { forecastQueue } from '../../../../domain/training-jobs/scheduling-forecast.ts';
import { isEnded, type TrainingJob } from '../../../../domain/training-jobs/training-job.ts';
import { checkModel } from '../../../../engine/spec/check-model.ts';
import type { TaskPlan } from '../../../../datasets/tasks/plans.ts';
import { answer, etagHeader, unchanged } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { ApiParts } from '../../parts.ts';
import { readTable } from '../../read-table.ts';
import { jobAccess, jobKind, JobParams } from '../jobs/job-kind.ts';
import { jobRoutes } from '../jobs/job-routes.ts';
import {
  cancellingExample,
  eventExample,
  eventStreamExample,
  metricsExample,
  pausingExample,
  planExample,
  prioritisedExample,
  queuedExample,
  runningExample,
} from './examples.ts';
import { jobSize } from './job-size.ts';
import { presentPlan } from './plan.ts';
import { downsample, presentTrainingJob } from './present.ts';
import {
  CreateQuery,
  EventList,
  MetricsQuery,
  TrainingJobChange,
  TrainingJobList,
  TrainingJobListQuery,
  TrainingJobMetrics,
  TrainingJobPlan,
  TrainingJobRequest,
  TrainingJobResource,
  type TrainingJobResource as Resource,
} from './schemas.ts';

const tag = 'training jobs';
const tags = [tag];

export async function trainingJobRoutes(server: HttpServer, parts: ApiParts): Promise<void> {
  const presentAll = async (jobs: readonly TrainingJob[]): Promise<Resource[]> => {
    const queue = jobs.some(({ status }) => status === 'queued')
      ? forecastQueue(await parts.trainingJobs.queueState(parts.lostAfterMs))
      : null;
    return jobs.map((job) =>
      presentTrainingJob(job, job.status === 'queued' ? (queue?.get(job.id) ?? null) : null),
    );
  };
  const kind = jobKind({
    path: '/v1/training-jobs',
    name: 'TrainingJob',
    noun: 'training job',
    tag,
    descriptions: {
      get: 'Where it stands: `status`, `progress`, the latest `metrics`, and the `model` when it is done.',
      cancel:
        'A queued or paused job is cancelled at once; one that a worker has goes to `cancelling` and ends within a second or so. Asking again does no harm.',
      delete: 'With its events, metrics and checkpoints. The model that came out of it stays.',
      events:
        'With `Accept: text/event-stream` the answer is live: every event of the log with its `sequence` as `id`, `training_job.progress` without one in between, a comment line when it is quiet, and the end after the last event. Give the last `id` seen in `Last-Event-ID` (or as `after`) to go on from there; when there is nothing left to come the answer is 204, which keeps an EventSource from asking again.',
    },
    schemas: {
      resource: TrainingJobResource,
      list: TrainingJobList,
      listQuery: TrainingJobListQuery,
      eventList: EventList,
    },
    examples: {
      one: runningExample,
      cancelling: cancellingExample,
      event: eventExample,
      eventStream: eventStreamExample,
    },
    present: presentAll,
    find: (id) => parts.trainingJobs.find(id),
    list: (page, { status, dataset_id: datasetId, name: modelName }: Static<typeof TrainingJobListQuery>) =>
      parts.trainingJobs.list({
        ...page,
        ...(status !== undefined && { status }),
        ...(datasetId !== undefined && { datasetId }),
        ...(modelName !== undefined && { modelName }),
      }),
    cancel: (id) => requestCancel(parts, id),
    delete: (id) => deleteTrainingJob(parts, id),
    events: (jobId, page) => parts.trainingJobs.events(jobId, page),
    feed: parts.eventFeed,
  });
  const { find, present } = jobAccess(kind);

  const checkPlan: Parameters<typeof createTrainingJob<TaskPlan>>[0]['checkPlan'] = async (
    dataset,
    specification,
  ): Promise<PlanCheck<TaskPlan>> => {
    const { tableKey, rowCount, columns } = dataset;
    if (tableKey === null || rowCount === null) {
      throw new Error(`internal: dataset ${dataset.id} is ready and has no table`);
    }
    const planned = await readTable(
      parts,
      { id: dataset.id, tableKey },
      (tablePath) => parts.planTable({ tablePath, specification, columns, rowCount }),
      unknownDataset(dataset.id),
    );
    // what cannot be built has no size
    const { architecture, model, output } = specification;
    if (planned.plan === null || checkModel(architecture, model, output.type).length > 0) return planned;
    const { errors, memoryBytes, estimatedWork } = jobSize(parts, specification, planned.plan);
    return { ...planned, errors, need: { memoryBytes: Math.ceil(memoryBytes), estimatedWork } };
  };

  server.route({
    method: 'POST',
    url: '/v1/training-jobs',
    schema: {
      operationId: 'createTrainingJob',
      tags,
      summary: 'Start a training job, or ask what it would do',
      description:
        'Checks the specification against the dataset at once: what can be known to be impossible is refused with a pointer to the field. With `?dry_run=true` nothing is started.',
      querystring: CreateQuery,
      body: TrainingJobRequest,
      response: {
        200: answer(TrainingJobPlan, 'A dry run: what the job would do.', planExample),
        202: answer(TrainingJobResource, 'Accepted; it waits in the queue.', queuedExample, {
          Location: 'Address of the training job.',
        }),
        ...problemResponses(
          'invalid_request',
          'unsupported_media_type',
          'validation_failed',
          'conflict',
          'storage_full',
          'unavailable',
        ),
      },
    },
    handler: async (request, reply) => {
      const { keyed } = request;
      const accept = async (job: TrainingJob): Promise<typeof reply> =>
        reply
          .code(202)
          .header('location', `/v1/training-jobs/${job.id}`)
          .send(await present(job));
      if (keyed !== null && keyed.madeBefore !== null) return accept(await find(keyed.madeBefore));
      const {
        dataset_id: datasetId,
        name,
        priority,
        initialize_from: initializeFrom,
        ...specification
      } = request.body;
      const { dry_run: dryRun } = request.query;
      const accepted = await createTrainingJob(
        { ...parts, checkPlan },
        {
          datasetId,
          specification,
          dryRun,
          ...(name !== undefined && { modelName: name }),
          ...(priority !== undefined && { priority }),
          ...(initializeFrom !== undefined && { initializeFrom }),
          ...(keyed !== null && { claim: keyed.claim }),
        },
      );
      if (accepted.job === null) {
        return reply
          .code(200)
          .send(presentPlan(datasetId, accepted, jobSize(parts, accepted.specification, accepted.plan)));
      }
      return accept(accepted.job);
    },
  });

  jobRoutes(server, kind);

  server.route({
    method: 'POST',
    url: '/v1/training-jobs/:id/pause',
    schema: {
      operationId: 'pauseTrainingJob',
      tags,
      summary: 'Pause a training job',
      description:
        'A queued job is paused at once; one that a worker has goes to `pausing`, writes a checkpoint and is `paused`, and its worker is free for others. Asking again does no harm. 409 for a job that is being cancelled or has ended.',
      params: JobParams,
      response: {
        200: answer(TrainingJobResource, 'The job as it is now.', pausingExample),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(await requestPause(parts, params.id)),
  });

  server.route({
    method: 'POST',
    url: '/v1/training-jobs/:id/resume',
    schema: {
      operationId: 'resumeTrainingJob',
      tags,
      summary: 'Resume a paused training job',
      description:
        'The job waits for a worker again, which trains on from the last checkpoint. Asking again does no harm. 409 for a job that is not paused (or not yet).',
      params: JobParams,
      response: {
        200: answer(TrainingJobResource, 'The job as it is now.', queuedExample),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(await resumeTrainingJob(parts, params.id)),
  });

  server.route({
    method: 'PATCH',
    url: '/v1/training-jobs/:id',
    schema: {
      operationId: 'changeTrainingJob',
      tags,
      summary: 'Change the priority of a training job',
      description: 'Of one that has not ended.',
      params: JobParams,
      body: TrainingJobChange,
      response: {
        200: answer(TrainingJobResource, 'The job as it is now.', prioritisedExample),
        ...problemResponses(
          'invalid_request',
          'unsupported_media_type',
          'validation_failed',
          'not_found',
          'conflict',
          'unavailable',
        ),
      },
    },
    handler: async ({ params: { id }, body: { priority } }) => {
      const changed = await parts.trainingJobs.setPriority(id, priority);
      if (changed === null) throw new UnrollError('not_found', `There is no training job ${id}`);
      const { job } = changed;
      if (isEnded(job.status))
        throw new UnrollError(
          'conflict',
          `expected a training job that has not ended, got one that is ${job.status}`,
        );
      return present(job);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/training-jobs/:id/metrics',
    config: { etag: true },
    schema: {
      operationId: 'getTrainingJobMetrics',
      tags,
      summary: 'The curves of a training job',
      description: 'One point per epoch: losses, learning rate, gradient norm, speed.',
      params: JobParams,
      querystring: MetricsQuery,
      response: {
        200: answer(TrainingJobMetrics, 'The curves.', metricsExample, etagHeader),
        304: unchanged,
        ...problemResponses('invalid_request', 'not_found', 'unavailable'),
      },
    },
    handler: async ({ params, query }) => {
      const { id } = await find(params.id);
      const points = await parts.trainingJobs.metrics(id);
      return { data: downsample(points, query.points), epochs: points.length };
    },
  });
}
