/** In a process without an inference plane of its own: predictions are forwarded to the one that has it. */
import replyFrom from '@fastify/reply-from';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { HttpServer } from '../../../http/server.ts';
import { predictionsUrl } from '../../../inference/routes/predictions/description.ts';

export function registerForwardedPredictions(app: HttpServer, inferenceUrl: string | undefined): void {
  app.register(async (server: HttpServer) => {
    forwardedPredictionRoutes(server, inferenceUrl);
  });
}

function forwardedPredictionRoutes(server: HttpServer, inferenceUrl: string | undefined): void {
  // Whatever the body is, the other process judges it.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  if (inferenceUrl === undefined) {
    server.post(predictionsUrl, { schema: { hide: true } }, () => {
      throw new UnrollError(
        'unavailable',
        'This process makes no predictions and INFERENCE_URL names none that does',
      );
    });
    return;
  }
  server.register(replyFrom, { base: inferenceUrl });
  server.route({
    method: 'POST',
    url: predictionsUrl,
    config: { idempotency: 'elsewhere' },
    schema: { hide: true },
    handler: (request, reply) =>
      reply.from(request.url, {
        rewriteRequestHeaders: (_request, headers) => ({ ...headers, 'x-request-id': request.id }),
        onError: (_reply, { error }) => {
          void _reply.send(
            new UnrollError('unavailable', 'The inference service does not answer', { cause: error }),
          );
        },
      }),
  });
}
