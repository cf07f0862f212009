/** Errors in the form of the protocol: `{ "error": "…" }`. */
import type { FastifyError } from 'fastify';
import { errorCodes } from '../../../../domain/errors/error-codes.ts';
import { translateError } from '../../../http/errors.ts';
import type { HttpServer } from '../../../http/server.ts';

export function registerInferenceErrors(server: HttpServer): void {
  server.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error = translateError(thrown, request);
    const { status } = errorCodes[error.code];
    if (status >= 500 && error.code !== 'overloaded')
      request.log.error({ err: error.cause ?? error }, error.message);
    if (status === 503) void reply.header('retry-after', '1');
    // The protocol knows no 422.
    return reply
      .code(status === 422 ? 400 : status)
      .type('application/json')
      .send({ error: error.message });
  });
}
