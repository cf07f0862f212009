/** /v1/models/:ref/streams and /v1/streams: a model held open, whose network goes on from step to step. */
import type { StoredStream } from '../../../../domain/ports/stream-store.ts';
import { answer, noContent } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { InferenceParts } from '../../parts.ts';
import { PredictionParams, PredictionQuery } from '../predictions/schemas.ts';
import { runProblems } from '../run-problems.ts';
import { streamExample, stepsExample } from './examples.ts';
import { OpenStreamRequest, StepsAnswer, StepsRequest, StreamParams, StreamResource } from './schemas.ts';

const tags = ['streams'];

const present = ({ id, model, position, createdAt, expiresAt }: StoredStream): StreamResource => ({
  id,
  model: { id: model.modelId, name: model.name, version: model.version },
  position,
  created_at: createdAt.toISOString(),
  expires_at: expiresAt.toISOString(),
});

export async function streamRoutes(server: HttpServer, { streams }: InferenceParts): Promise<void> {
  server.route({
    method: 'POST',
    url: '/v1/models/:ref/streams',
    config: { columnNames: true },
    schema: {
      operationId: 'openStream',
      tags,
      summary: 'Hold a model open and send it one step after another',
      description:
        'Steps go in as they come, and an output comes out after each; what the network remembers is kept, so that T steps come to what T rows at once come to. The stream stays with the version that it was opened with. Forecasts by `sequence_to_vector` and `sequence_to_sequence`, labels of series and of their rows, what is told of a text alone (labels, numbers), and language models can be driven so; networks that read backwards, that write, and whose scaling or inputs need a whole window are refused with what they need.',
      params: PredictionParams,
      body: OpenStreamRequest,
      response: {
        201: answer(StreamResource, 'The stream is open; no step has been read.', streamExample, {
          Location: 'Of the stream.',
        }),
        ...problemResponses(...runProblems),
      },
    },
    handler: async ({ params, body }, reply) => {
      const stream = await streams.open(params.ref, { ttlSeconds: body.expires_after_seconds });
      return reply.code(201).header('location', `/v1/streams/${stream.id}`).send(present(stream));
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/streams/:id/steps',
    logLevel: 'warn',
    config: { columnNames: true },
    schema: {
      operationId: 'stepStream',
      tags,
      summary: 'Send a stream its next steps',
      description:
        'One row or token, or several: all of them are read, or, where one is wrong, none. Any process serves any step. With `position` a request that is sent again after its answer was lost is not read twice: it is a 409 that says where the stream stands.',
      params: StreamParams,
      querystring: PredictionQuery,
      body: StepsRequest,
      response: {
        200: answer(StepsAnswer, 'An output after each step.', stepsExample),
        ...problemResponses(...runProblems, 'stream_conflict', 'stream_lost'),
      },
    },
    handler: ({ params, body, query, raw }) =>
      streams.step(params.id, body, {
        isWanted: () => !raw.socket.destroyed,
        ...(query.timeout_ms !== undefined && { timeoutMs: query.timeout_ms }),
      }),
  });

  server.route({
    method: 'GET',
    url: '/v1/streams/:id',
    schema: {
      operationId: 'getStream',
      tags,
      summary: 'Where a stream stands',
      params: StreamParams,
      response: {
        200: answer(StreamResource, 'The stream.', streamExample),
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(await streams.find(params.id)),
  });

  server.route({
    method: 'DELETE',
    url: '/v1/streams/:id',
    schema: {
      operationId: 'closeStream',
      tags,
      summary: 'Close a stream',
      description: 'Whether it is open or not, it is not afterwards.',
      params: StreamParams,
      response: {
        204: noContent('It is closed.'),
        ...problemResponses('unavailable'),
      },
    },
    handler: async ({ params }, reply) => {
      await streams.close(params.id);
      return reply.code(204).send(null);
    },
  });
}
