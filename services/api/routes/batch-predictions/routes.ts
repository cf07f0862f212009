/** /v1/batch-predictions: a model asked of a whole dataset; a dataset comes out. */
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import {
  batchTransitions,
  type BatchPrediction,
} from '../../../../domain/batch-predictions/batch-prediction.ts';
import { createBatchPrediction } from '../../../../domain/batch-predictions/create-batch-prediction.ts';
import { requestCancelBatchPrediction } from '../../../../domain/batch-predictions/request-cancel.ts';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { answer, noContent } from '../../../http/answers.ts';
import { pageRequest, presentPage } from '../../../http/pagination.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { ApiParts } from '../../parts.ts';
import { ModelParams } from '../models/schemas.ts';
import { EventsQuery } from '../training-jobs/schemas.ts';
import {
  batchEventExample,
  cancellingBatchExample,
  queuedBatchExample,
  succeededBatchExample,
} from './examples.ts';
import { batchPredictionTexts, presentBatchEvent, presentBatchPrediction as present } from './present.ts';
import {
  BatchEventList,
  BatchPredictionList,
  BatchPredictionListQuery,
  BatchPredictionParams,
  BatchPredictionRequest,
  BatchPredictionResource,
} from './schemas.ts';

const tags = ['predictions'];

export async function batchPredictionRoutes(server: HttpServer, parts: ApiParts): Promise<void> {
  server.addHook('preClose', (done) => {
    parts.batchEventFeed.end();
    done();
  });
  const find = async (id: string): Promise<BatchPrediction> => {
    const job = await parts.batchPredictions.find(id);
    if (job === null) throw new UnrollError('not_found', `There is no batch prediction ${id}`);
    return job;
  };

  server.route({
    method: 'POST',
    url: '/v1/models/:ref/batch-predictions',
    schema: {
      operationId: 'createBatchPrediction',
      tags,
      summary: 'Ask a model of a whole dataset',
      description:
        'A job whose result is a dataset (Parquet) like any other. Of a model that answers rows: each row of the dataset, in its order, with the columns `prediction…`, `predicted…`, `probability…`, `score` or `ended` beside its own. Of a forecast: the rows that follow the last one of each series, one for each `step` of the horizon, with the columns that name the series and the time, `prediction_<target>` and `prediction_<target>_q<level>`; rows at the end of a series whose targets are all missing are those to come, of which inputs that are `known_ahead` are read. A row or series that the model can’t be asked of has no prediction, and in `error` why. What is done is kept every few seconds, so that another worker goes on from there. Of an alias that several versions share, the one with the greatest share is asked.',
      params: ModelParams,
      body: BatchPredictionRequest,
      response: {
        202: answer(BatchPredictionResource, 'Accepted; it waits in the queue.', queuedBatchExample, {
          Location: 'Address of the batch prediction.',
        }),
        ...problemResponses(
          'invalid_request',
          'unsupported_media_type',
          'validation_failed',
          'not_found',
          'conflict',
          'storage_full',
          'unavailable',
        ),
      },
    },
    handler: async ({ keyed, params, body }, reply) => {
      const job =
        keyed !== null && keyed.madeBefore !== null
          ? await find(keyed.madeBefore)
          : await createBatchPrediction(parts, {
              model: params.ref,
              datasetId: body.dataset_id,
              ...(body.name !== undefined && { name: body.name }),
              ...(body.columns !== undefined && { columns: body.columns }),
              ...(keyed !== null && { claim: keyed.claim }),
            });
      return reply.code(202).header('location', `/v1/batch-predictions/${job.id}`).send(present(job));
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/batch-predictions',
    schema: {
      operationId: 'listBatchPredictions',
      tags,
      summary: 'List batch predictions',
      description: 'Newest first.',
      querystring: BatchPredictionListQuery,
      response: {
        200: answer(BatchPredictionList, 'A page of batch predictions.', {
          data: [succeededBatchExample],
          has_more: false,
          next: null,
        }),
        ...problemResponses('invalid_request', 'unavailable'),
      },
    },
    handler: async ({ query }) => {
      const { status, dataset_id: datasetId } = query;
      const page = await parts.batchPredictions.list({
        ...pageRequest(query),
        ...(status !== undefined && { status }),
        ...(datasetId !== undefined && { datasetId }),
      });
      return presentPage(page, present, ({ id }) => id);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/batch-predictions/:id',
    config: { etag: true },
    schema: {
      operationId: 'getBatchPrediction',
      tags,
      summary: 'Get a batch prediction',
      description: 'Where it stands, and the dataset that came out when it is done.',
      params: BatchPredictionParams,
      response: {
        200: answer(BatchPredictionResource, 'The batch prediction.', succeededBatchExample, {
          ETag: 'For If-None-Match.',
        }),
        304: noContent('Nothing has changed since the answer that If-None-Match names.'),
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(await find(params.id)),
  });

  server.route({
    method: 'POST',
    url: '/v1/batch-predictions/:id/cancel',
    schema: {
      operationId: 'cancelBatchPrediction',
      tags,
      summary: 'Cancel a batch prediction',
      description:
        'A queued one is cancelled at once; one that a worker has goes to `cancelling` and ends within a second or so. Nothing comes out. Asking again does no harm.',
      params: BatchPredictionParams,
      response: {
        200: answer(BatchPredictionResource, 'The batch prediction as it is now.', cancellingBatchExample),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(await requestCancelBatchPrediction(parts, params.id)),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/batch-predictions/:id',
    schema: {
      operationId: 'deleteBatchPrediction',
      tags,
      summary: 'Delete an ended batch prediction',
      description: 'With its events. The dataset that came out of it stays.',
      params: BatchPredictionParams,
      response: {
        204: noContent('Deleted.'),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params: { id } }, reply) => {
      const outcome = await parts.batchPredictions.delete(id);
      if (outcome === 'not_found') throw new UnrollError('not_found', `There is no batch prediction ${id}`);
      if (outcome === 'not_ended')
        throw new UnrollError('conflict', `expected a batch prediction that has ended, got one that has not`);
      return reply.code(204).send(null);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/batch-predictions/:id/events',
    exposeHeadRoute: false,
    schema: {
      operationId: 'getBatchPredictionEvents',
      tags,
      summary: 'The log of a batch prediction, as a list or live',
      description:
        'As that of a training job: with `Accept: text/event-stream` it is live, goes on after `Last-Event-ID` (or `after`), and ends after the last event; 204 when nothing is left to come.',
      params: BatchPredictionParams,
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
              schema: BatchEventList,
              example: { data: [batchEventExample], has_more: false, next: null },
            },
            'text/event-stream': {
              schema: Type.Unsafe<Readable>({ type: 'string' }),
              example: batchPredictionTexts
                .event({
                  ...batchEventExample,
                  jobId: queuedBatchExample.id,
                  createdAt: new Date(batchEventExample.created_at),
                })
                .toString(),
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
      const read = (most: number) =>
        parts.batchPredictions.events(job.id, { afterSequence: after, limit: most });
      if (!/\btext\/event-stream\b/.test(request.headers.accept ?? '')) {
        const events = await read(limit + 1);
        const data = events.slice(0, limit).map(presentBatchEvent);
        const hasMore = events.length > limit;
        return reply.send({
          data,
          has_more: hasMore,
          next: hasMore ? (data.at(-1)?.sequence ?? null) : null,
        });
      }
      if (batchTransitions[job.status].length === 0 && (await read(1)).length === 0)
        return reply.code(204).send(null);
      const stream = parts.batchEventFeed.open({ jobId: job.id, after, cut: () => reply.raw.destroy() });
      return reply
        .type('text/event-stream; charset=utf-8')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no', vary: 'accept' })
        .send(stream);
    },
  });
}
