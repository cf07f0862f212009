/** /v1/training-jobs: asking for models, watching them come about, changing one's mind. */
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import {
  createTrainingJob,
  unknownDataset,
  type PlanCheck,
} from '../../../../domain/training-jobs/create-training-job.ts';
import { deleteTrainingJob } from '../../../../domain/training-jobs/delete-training-job.ts';
import { requestCancel } from '../../../../domain/training-jobs/request-cancel.ts';
import { requestPause } from '../../../../domain/training-jobs/request-pause.ts';
import { resumeTrainingJob } from '../../../../domain/training-jobs/resume-training-job.ts';
import { forecastQueue } from '../../../../domain/training-jobs/scheduling-forecast.ts';
import { isEnded, type TrainingJob } from '../../../../domain/training-jobs/training-job.ts';
import { checkModel } from '../../../../engine/spec/check-model.ts';
import type { TaskPlan } from '../../../../datasets/tasks/plans.ts';
import { answer, noContent } from '../../../http/answers.ts';
import { pageRequest, presentPage } from '../../../http/pagination.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { ApiParts } from '../../parts.ts';
import { readTable } from '../../read-table.ts';
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
import { downsample, presentEvent, presentTrainingJob } from './present.ts';
import {
  CreateQuery,
  EventList,
  EventsQuery,
  MetricsQuery,
  TrainingJobChange,
  TrainingJobList,
  TrainingJobListQuery,
  TrainingJobMetrics,
  TrainingJobParams,
  TrainingJobPlan,
  TrainingJobRequest,
  TrainingJobResource,
  type TrainingJobResource as Resource,
} from './schemas.ts';

const tags = ['training jobs'];

export async function trainingJobRoutes(server: HttpServer, parts: ApiParts): Promise<void> {
  server.addHook('preClose', (done) => {
    parts.eventFeed.end();
    done();
  });
  const find = async (id: string): Promise<TrainingJob> => {
    const job = await parts.trainingJobs.find(id);
    if (job === null) throw new UnrollError('not_found', `There is no training job ${id}`);
    return job;
  };
  const presentAll = async (jobs: readonly TrainingJob[]): Promise<Resource[]> => {
    const queue = jobs.some(({ status }) => status === 'queued')
      ? forecastQueue(await parts.trainingJobs.queueState(parts.lostAfterMs))
      : null;
    return jobs.map((job) =>
      presentTrainingJob(job, job.status === 'queued' ? (queue?.get(job.id) ?? null) : null),
    );
  };
  const present = async (job: TrainingJob): Promise<Resource> => {
    const [resource] = await presentAll([job]);
    if (resource === undefined) throw new Error('internal: a job that is not presented');
    return resource;
  };

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

  server.route({
    method: 'GET',
    url: '/v1/training-jobs',
    schema: {
      operationId: 'listTrainingJobs',
      tags,
      summary: 'List training jobs',
      description: 'Newest first.',
      querystring: TrainingJobListQuery,
      response: {
        200: answer(TrainingJobList, 'A page of training jobs.', {
          data: [runningExample],
          has_more: false,
          next: null,
        }),
        ...problemResponses('invalid_request', 'unavailable'),
      },
    },
    handler: async ({ query }) => {
      const { status, dataset_id: datasetId, name: modelName } = query;
      const page = await parts.trainingJobs.list({
        ...pageRequest(query),
        ...(status !== undefined && { status }),
        ...(datasetId !== undefined && { datasetId }),
        ...(modelName !== undefined && { modelName }),
      });
      const resources = await presentAll(page.data);
      return presentPage(
        { data: resources, hasMore: page.hasMore },
        (job) => job,
        ({ id }) => id,
      );
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/training-jobs/:id',
    config: { etag: true },
    schema: {
      operationId: 'getTrainingJob',
      tags,
      summary: 'Get a training job',
      description:
        'Where it stands: `status`, `progress`, the latest `metrics`, and the `model` when it is done.',
      params: TrainingJobParams,
      response: {
        200: answer(TrainingJobResource, 'The training job.', runningExample, { ETag: 'For If-None-Match.' }),
        304: noContent('Nothing has changed since the answer that If-None-Match names.'),
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(await find(params.id)),
  });

  server.route({
    method: 'POST',
    url: '/v1/training-jobs/:id/cancel',
    schema: {
      operationId: 'cancelTrainingJob',
      tags,
      summary: 'Cancel a training job',
      description:
        'A queued or paused job is cancelled at once; one that a worker has goes to `cancelling` and ends within a second or so. Asking again does no harm.',
      params: TrainingJobParams,
      response: {
        200: answer(TrainingJobResource, 'The job as it is now.', cancellingExample),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(await requestCancel(parts, params.id)),
  });

  server.route({
    method: 'POST',
    url: '/v1/training-jobs/:id/pause',
    schema: {
      operationId: 'pauseTrainingJob',
      tags,
      summary: 'Pause a training job',
      description:
        'A queued job is paused at once; one that a worker has goes to `pausing`, writes a checkpoint and is `paused`, and its worker is free for others. Asking again does no harm. 409 for a job that is being cancelled or has ended.',
      params: TrainingJobParams,
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
      params: TrainingJobParams,
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
      params: TrainingJobParams,
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
    method: 'DELETE',
    url: '/v1/training-jobs/:id',
    schema: {
      operationId: 'deleteTrainingJob',
      tags,
      summary: 'Delete an ended training job',
      description: 'With its events, metrics and checkpoints. The model that came out of it stays.',
      params: TrainingJobParams,
      response: {
        204: noContent('Deleted.'),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params: { id } }, reply) => {
      await deleteTrainingJob(parts, id);
      return reply.code(204).send(null);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/training-jobs/:id/events',
    exposeHeadRoute: false,
    schema: {
      operationId: 'getTrainingJobEvents',
      tags,
      summary: 'The log of a training job, as a list or live',
      description:
        'With `Accept: text/event-stream` the answer is live: every event of the log with its `sequence` as `id`, `training_job.progress` without one in between, a comment line when it is quiet, and the end after the last event. Give the last `id` seen in `Last-Event-ID` (or as `after`) to go on from there; when there is nothing left to come the answer is 204, which keeps an EventSource from asking again.',
      params: TrainingJobParams,
      querystring: EventsQuery,
      headers: Type.Object({
        'last-event-id': Type.Optional(
          Type.String({ pattern: '^[0-9]{1,9}$', description: 'the `id` of an event of this job' }),
        ),
      }),
      response: {
        200: {
          description: 'The events so far, or the stream of them.',
          content: {
            'application/json': {
              schema: EventList,
              example: { data: [eventExample], has_more: false, next: null },
            },
            'text/event-stream': {
              schema: Type.Unsafe<Readable>({ type: 'string' }),
              example: eventStreamExample,
            },
          },
        },
        204: noContent('The stream would be empty: the job has ended and its last event has been seen.'),
        ...problemResponses('invalid_request', 'not_found', 'unavailable'),
      },
    },
    handler: async (request, reply) => {
      const { limit } = request.query;
      const job = await find(request.params.id);
      const after = Number(request.headers['last-event-id'] ?? request.query.after ?? 0);
      if (!/\btext\/event-stream\b/.test(request.headers.accept ?? '')) {
        const events = await parts.trainingJobs.events(job.id, { afterSequence: after, limit: limit + 1 });
        const data = events.slice(0, limit).map(presentEvent);
        const hasMore = events.length > limit;
        return reply.send({
          data,
          has_more: hasMore,
          next: hasMore ? (data.at(-1)?.sequence ?? null) : null,
        });
      }
      if (isEnded(job.status)) {
        const left = await parts.trainingJobs.events(job.id, { afterSequence: after, limit: 1 });
        if (left.length === 0) return reply.code(204).send(null);
      }
      const stream = parts.eventFeed.open({ jobId: job.id, after, cut: () => reply.raw.destroy() });
      return reply
        .type('text/event-stream; charset=utf-8')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no', vary: 'accept' })
        .send(stream);
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
      params: TrainingJobParams,
      querystring: MetricsQuery,
      response: {
        200: answer(TrainingJobMetrics, 'The curves.', metricsExample, { ETag: 'For If-None-Match.' }),
        304: noContent('Nothing has changed since the answer that If-None-Match names.'),
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
