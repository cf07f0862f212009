/** In a process without an inference plane of its own: what belongs there is forwarded to the one that has it. */
import replyFrom from '@fastify/reply-from';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { HttpServer } from '../../../http/server.ts';
import { inferencePaths } from '../../../inference/paths.ts';
import { registerInferenceErrors } from '../../../inference/routes/open-inference/errors.ts';

const isOfProtocol = (path: string): boolean => path.startsWith('/v2');

export function registerForwarded(app: HttpServer, inferenceUrl: string | undefined): void {
  for (const ofProtocol of [false, true])
    app.register(async (server: HttpServer) => {
      if (ofProtocol) registerInferenceErrors(server);
      const paths = inferencePaths.filter((path) => isOfProtocol(path) === ofProtocol);
      forward(server, paths, inferenceUrl);
    });
}

function forward(server: HttpServer, paths: readonly string[], inferenceUrl: string | undefined): void {
  // Whatever the body is, the other process judges it.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  if (inferenceUrl !== undefined)
    server.register(replyFrom, { base: inferenceUrl, disableRequestLogging: true });
  const handler =
    inferenceUrl === undefined
      ? () => {
          throw new UnrollError(
            'unavailable',
            'This process makes no predictions and INFERENCE_URL names none that does',
          );
        }
      : passOn;
  for (const url of paths)
    server.route({
      // A HEAD that Fastify would add for GET is forwarded as itself.
      method: ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'],
      url,
      logLevel: 'warn',
      config: { idempotency: 'elsewhere' },
      schema: { hide: true },
      handler,
    });
}

function passOn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.from(request.url, {
    rewriteRequestHeaders: (_request, headers) => ({ ...headers, 'x-request-id': request.id }),
    onError: (_reply, { error }) => {
      void _reply.send(
        new UnrollError('unavailable', 'The inference service does not answer', { cause: error }),
      );
    },
  });
}
