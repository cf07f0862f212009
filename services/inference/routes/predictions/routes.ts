/** POST /v1/models/:ref/predictions. */
import { Readable } from 'node:stream';
import type { HttpServer } from '../../../http/server.ts';
import { onTarget, refusePredictionBeforeReading } from '../../answer-prediction.ts';
import type { InferenceParts } from '../../parts.ts';
import { predictionsSchema, predictionsUrl } from './description.ts';
import { formMediaType, registerFormBodies } from './form-bodies.ts';
import { streamPrediction } from './generation-stream.ts';
import { predict, type Runs } from './predict.ts';
import { withOptionsOf } from './query-options.ts';
import type { PredictionRequest } from './schemas.ts';
import { perInputValidatorCompiler } from './validate-inputs.ts';

export async function predictionRoutes(server: HttpServer, parts: InferenceParts): Promise<void> {
  registerFormBodies(server);
  server.route({
    config: { accepts: ['application/json', formMediaType], columnNames: true },
    method: 'POST',
    url: predictionsUrl,
    // Two lines a request cost more than many a run; what is counted of requests is in the metrics.
    logLevel: 'warn',
    schema: predictionsSchema,
    validatorCompiler: perInputValidatorCompiler,
    onRequest: async ({ params }) => refusePredictionBeforeReading(parts, params.ref),
    handler: async (request, reply) => {
      const { params, query, raw } = request;
      const body = withOptionsOf(query, request.body as PredictionRequest);
      const route = parts.directory.recall(params.ref) ?? (await parts.directory.find(params.ref));
      const options = {
        isWanted: () => !raw.socket.destroyed,
        ...(query.timeout_ms !== undefined && { timeoutMs: query.timeout_ms }),
      };
      const streams = /\btext\/event-stream\b/.test(request.headers.accept ?? '');
      const found = await onTarget(parts, route, async (version) => {
        const runs: Runs = {
          run: (feeds) => parts.execution.run(version, feeds, options),
          search: (decoder, feeds, search) => parts.execution.search(decoder, feeds, search, options),
        };
        const model = { id: version.modelId, name: version.name, version: version.version };
        if (!streams) return { model, predictions: await predict(body, version, runs) };
        return streamPrediction(body, version.card, runs.run, {
          hold: () => parts.execution.hold(version),
          wholeOf: (text) => ({ model, predictions: [text] }),
          requestId: request.id,
          isKeyed: request.headers['idempotency-key'] !== undefined,
          onError: (error) => request.log.error(error, 'A text that was being streamed has broken off'),
        });
      });
      if (!(found instanceof Readable)) return reply.send(found);
      return reply
        .type('text/event-stream; charset=utf-8')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no', vary: 'accept' })
        .send(found);
    },
  });
}
