/** /v1/batch-predictions: a model asked of a whole dataset; a dataset comes out. */
import { randomInt } from 'node:crypto';
import type { Static } from 'typebox';
import type { BatchPrediction } from '../../../../domain/batch-predictions/batch-prediction.ts';
import { createBatchPrediction } from '../../../../domain/batch-predictions/create-batch-prediction.ts';
import { requestCancelBatchPrediction } from '../../../../domain/batch-predictions/request-cancel.ts';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { answer } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { ApiParts } from '../../parts.ts';
import { jobAccess, jobKind } from '../jobs/job-kind.ts';
import { jobRoutes } from '../jobs/job-routes.ts';
import { ModelParams } from '../models/schemas.ts';
import {
  batchEventExample,
  batchEventStreamExample,
  cancellingBatchExample,
  queuedBatchExample,
  succeededBatchExample,
} from './examples.ts';
import { presentBatchPrediction } from './present.ts';
import {
  BatchEventList,
  BatchPredictionList,
  BatchPredictionListQuery,
  BatchPredictionRequest,
  BatchPredictionResource,
} from './schemas.ts';

const tag = 'predictions';

export async function batchPredictionRoutes(server: HttpServer, parts: ApiParts): Promise<void> {
  const kind = jobKind({
    path: '/v1/batch-predictions',
    name: 'BatchPrediction',
    noun: 'batch prediction',
    tag,
    descriptions: {
      get: 'Where it stands, and the dataset that came out when it is done.',
      cancel:
        'A queued one is cancelled at once; one that a worker has goes to `cancelling` and ends within a second or so. Nothing comes out. Asking again does no harm.',
      delete: 'With its events. The dataset that came out of it stays.',
      events:
        'As that of a training job: with `Accept: text/event-stream` it is live, goes on after `Last-Event-ID` (or `after`), and ends after the last event; 204 when nothing is left to come.',
    },
    schemas: {
      resource: BatchPredictionResource,
      list: BatchPredictionList,
      listQuery: BatchPredictionListQuery,
      eventList: BatchEventList,
    },
    examples: {
      one: succeededBatchExample,
      cancelling: cancellingBatchExample,
      event: batchEventExample,
      eventStream: batchEventStreamExample,
    },
    present: async (jobs: readonly BatchPrediction[]) => jobs.map(presentBatchPrediction),
    find: (id) => parts.batchPredictions.find(id),
    list: (page, { status, dataset_id: datasetId }: Static<typeof BatchPredictionListQuery>) =>
      parts.batchPredictions.list({
        ...page,
        ...(status !== undefined && { status }),
        ...(datasetId !== undefined && { datasetId }),
      }),
    cancel: (id) => requestCancelBatchPrediction(parts, id),
    delete: async (id) => {
      const outcome = await parts.batchPredictions.delete(id);
      if (outcome === 'not_found') throw new UnrollError('not_found', `There is no batch prediction ${id}`);
      if (outcome === 'not_ended')
        throw new UnrollError('conflict', 'expected a batch prediction that has ended, got one that has not');
    },
    events: (jobId, page) => parts.batchPredictions.events(jobId, page),
    feed: parts.batchEventFeed,
  });
  const { find, present } = jobAccess(kind);

  server.route({
    method: 'POST',
    url: '/v1/models/:ref/batch-predictions',
    schema: {
      operationId: 'createBatchPrediction',
      tags: [tag],
      summary: 'Ask a model of a whole dataset',
      description:
        'A job whose result is a dataset (Parquet) like any other. Of a model that answers rows: each row of the dataset, in its order, with the columns `prediction…`, `predicted…`, `probability…`, `score` or `ended` beside its own; of a language model the text that it writes on behind that of the row, drawn as `temperature`, `top_k`, `top_p` and `max_length` say, from `seed` and the number of the row (`prediction_seed`, which draws it again); of a model that writes a text for each row the best that is found with `beam`, `length_penalty` and `max_length`, and with `n_best` of at least 2 also the next best (`prediction_2`, `score_2`, `ended_2`, …). Of a forecast: the rows that follow the last one of each series, one for each `step` of the horizon, with the columns that name the series and the time, `prediction_<target>` and `prediction_<target>_q<level>`; rows at the end of a series whose targets are all missing are those to come, of which inputs that are `known_ahead` are read. A row or series that the model can’t be asked of has no prediction, and in `error` why. What is done is kept every few seconds, so that another worker goes on from there. Of an alias that several versions share, the one with the greatest share is asked.',
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
      const { dataset_id: datasetId, name, columns, ...generation } = body;
      const job =
        keyed !== null && keyed.madeBefore !== null
          ? await find(keyed.madeBefore)
          : await createBatchPrediction(
              { ...parts, newSeed: () => randomInt(2 ** 32) },
              {
                model: params.ref,
                datasetId,
                generation,
                ...(name !== undefined && { name }),
                ...(columns !== undefined && { columns }),
                ...(keyed !== null && { claim: keyed.claim }),
              },
            );
      return reply
        .code(202)
        .header('location', `/v1/batch-predictions/${job.id}`)
        .send(await present(job));
    },
  });

  jobRoutes(server, kind);
}
