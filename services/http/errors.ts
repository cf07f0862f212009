/**
 * The one place where an error becomes an HTTP answer. An UnrollError is answered as it is; what Fastify refuses is
 * translated; anything else is a broken invariant: logged with its stack, answered as `internal` without it.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { lingerAfterRefusal } from './linger.ts';
import { preview } from './preview.ts';
import { presentProblem, problemMediaType } from './problem.ts';
import type { HttpServer } from './server.ts';
import { RequestValidationError } from './validation.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types that the route's body may have; JSON unless said. */
    accepts?: readonly string[];
  }
  interface FastifyInstance {
    /** Why no route answers a request: there is nothing at its path, or not for its method; the answer then says for which there is. */
    missingRoute: (request: FastifyRequest, reply: FastifyReply) => UnrollError;
  }
}

export function registerErrors(server: HttpServer): void {
  const routes = rememberRoutes(server);

  server.setErrorHandler((error: FastifyError, request, reply) =>
    sendProblem(translateError(error, request), request, reply),
  );

  server.decorate('missingRoute', (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0]!;
    const methods = routes.methodsOf(path);
    if (methods.length === 0) return new UnrollError('not_found', `There is nothing at ${path}`);
    void reply.header('allow', methods.join(', '));
    return new UnrollError(
      'method_not_allowed',
      `expected ${methods.join(' or ')} at ${path}, got ${request.method}`,
    );
  });
  server.setNotFoundHandler((request, reply) =>
    sendProblem(server.missingRoute(request, reply), request, reply),
  );
}

function sendProblem(error: UnrollError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = presentProblem(error, request.id);
  // What is refused for want of room comes in thousands, and is counted in the metrics.
  if (error.code === 'overloaded') request.log.debug({ code: error.code }, error.message);
  else if (problem.status >= 500) request.log.error({ err: error.cause ?? error }, error.message);
  else request.log.info({ code: error.code, errors: error.errors }, error.message);
  if (problem.status === 503) void reply.header('retry-after', error.code === 'overloaded' ? '1' : '5');
  void reply.removeHeader('connection');
  lingerAfterRefusal(request.raw, reply.raw);
  return reply.code(problem.status).type(problemMediaType).send(problem);
}

/** What is to be said of anything that was thrown while a request was answered. */
export function translateError(error: FastifyError, request: FastifyRequest): UnrollError {
  if (error instanceof UnrollError) {
    return error.message.startsWith('internal:') || error.code === 'internal' ? internal(error) : error;
  }
  const cause: unknown = error.validation ?? error;
  if (cause instanceof RequestValidationError || error instanceof RequestValidationError) {
    return invalid(error, request);
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new UnrollError(
        'payload_too_large',
        `expected a body of at most ${request.routeOptions.bodyLimit} bytes, got a longer one`,
      );
    case 'FST_REQ_FILE_TOO_LARGE':
      return new UnrollError('payload_too_large', 'The body is longer than this address takes');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedMediaType(request);
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new UnrollError('invalid_request', 'expected a JSON body, got an empty one');
    case 'FST_ERR_BAD_URL':
      return new UnrollError(
        'invalid_request',
        `expected an address that is percent-encoded UTF-8, got ${preview(request.url)}`,
      );
    case 'FST_ERR_MAX_PARAM_LENGTH':
    case 'FST_ERR_ROUTE_MAX_PARAM_LENGTH':
      return new UnrollError('not_found', `There is nothing at ${preview(request.url.split('?', 1)[0])}`);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return new UnrollError('upload_incomplete', 'The body ended before its announced length', {
        cause: error,
      });
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new UnrollError('invalid_request', error.message, { cause: error });
  }
  if ((error as Error) instanceof RangeError && isDeep(request.body)) {
    const message = `expected JSON of lists and objects in fewer than ${deepLevels} levels, got more`;
    return new UnrollError('invalid_request', message, { cause: error });
  }
  return internal(error);
}

/** No request has so many; what reads values level by level (JSON.stringify, defaults of schemas) may then be at the end of its stack. */
const deepLevels = 1000;

function isDeep(body: unknown): boolean {
  let level = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepLevels) return true;
    level = level.flatMap((value) => (value instanceof Object ? (Object.values(value) as unknown[]) : []));
  }
  return false;
}

/** Answers what Fastify refuses before there is a route, and so before any hook. */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  void reply.header('x-request-id', request.id);
  const known = translateError(error, request);
  if (ofInferenceProtocol.test(request.url))
    void reply
      .code(presentProblem(known, request.id).status)
      .type('application/json')
      .send({ error: known.message });
  else sendProblem(known, request, reply);
}

/** Addresses below which errors have the form of the Open Inference Protocol; what has a route is answered in it by its own handler. */
const ofInferenceProtocol = /^\/v2(?:[/?]|$)/;

const internal = (cause: unknown): UnrollError =>
  new UnrollError('internal', 'An unexpected error; the log has its cause under this request_id', { cause });

/** «a, b or c» */
const oneOf = new Intl.ListFormat('en-GB', { type: 'disjunction' });

export const unsupportedMediaType = (request: FastifyRequest): UnrollError => {
  const accepts = request.routeOptions.config.accepts ?? ['application/json'];
  return new UnrollError(
    'unsupported_media_type',
    `expected a Content-Type of ${oneOf.format(accepts)}, got ${request.headers['content-type'] ?? 'none'}`,
  );
};

const partNames: Readonly<Record<string, string>> = {
  body: 'The body',
  querystring: 'The query',
  headers: 'The header',
};

/** A body that breaks its schema asks for something that can't be (422); a query or path that does is malformed (400). */
function invalid(error: FastifyError, request: FastifyRequest): UnrollError {
  const cause = (error instanceof RequestValidationError ? error : error.cause) as RequestValidationError;
  const part = error.validationContext ?? 'body';
  const errors = cause.errors;
  const first = errors[0];
  const summary =
    first === undefined ? '' : `: ${first.pointer === '' ? '' : `${first.pointer} `}${first.message}`;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  if (part === 'params') {
    return new UnrollError('not_found', `There is nothing at ${request.url.split('?', 1)[0]!}`);
  }
  return new UnrollError(
    part === 'body' ? 'validation_failed' : 'invalid_request',
    `${partNames[part] ?? 'The query'} is not as expected${summary}${more}`,
    { errors },
  );
}

/** Which methods a path has, for 405: Fastify's router answers one method at a time. */
function rememberRoutes(server: HttpServer): { methodsOf(path: string): readonly string[] } {
  const routes: { method: string; pattern: RegExp }[] = [];
  server.addHook('onRoute', (route) => {
    if (route.url.includes('*')) return;
    const source = route.url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      .join('/');
    for (const method of [route.method].flat()) {
      routes.push({ method, pattern: new RegExp(`^${source}/?$`) });
    }
  });
  return {
    methodsOf: (path) => [
      ...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)),
    ],
  };
}

/** Answers bytes that are no HTTP request at all, or a body that breaks off: there is no request to answer to. */
export function answerClientError(
  makeRequestId: () => string,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[error.code ?? ''] ?? 400;
    const refusal =
      error.code === 'HPE_INVALID_EOF_STATE'
        ? new UnrollError('upload_incomplete', 'The request broke off before its end; nothing was kept')
        : new UnrollError('invalid_request', 'expected a whole HTTP request, got something else');
    const problem = { ...presentProblem(refusal, makeRequestId()), status };
    const body = JSON.stringify(problem);
    socket.end(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
        `Content-Type: ${problemMediaType}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        `X-Request-Id: ${problem.request_id}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  };
}
