/**
 * The HTTP server that both planes are registered on: request ids, validation, errors, ETags, metrics and the OpenAPI
 * document are the same for every route.
 */
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Registry } from '../../platform/telemetry/metrics.ts';
import { answerClientError, answerFrameworkError, registerErrors } from './errors.ts';
import { registerEtags } from './etag.ts';
import { registerGracefulClose } from './graceful-close.ts';
import { registerIdempotency, type IdempotencyParts } from './idempotency.ts';
import { registerJsonBodies } from './json-bodies.ts';
import { registerMetrics } from './metrics.ts';
import { registerRequestIds, takeOrMakeRequestId } from './request-ids.ts';
import { registerStrictQueries } from './strict-queries.ts';
import { serializerCompiler } from './serialization.ts';
import { validatorCompiler } from './validation.ts';
import { registerWebSockets } from './websockets.ts';

/** A Fastify whose handlers have the types of their TypeBox schemas. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface HttpParts {
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly newRequestId: () => string;
  readonly idempotency: IdempotencyParts;
}

/** Bodies that are read whole (JSON) may be this long; uploads stream and have their own limit. */
const maxJsonBytes = 16 * 1024 * 1024;

/** No limit for a whole request: an upload of gigabytes may take hours. (Headers have Node's minute.) */
const requestTimeoutMs = 0;

/** `describe` is registered before any route, so that it may collect them: registerOpenApi or its generator. */
export function createHttpServer(parts: HttpParts, describe: (server: HttpServer) => void): HttpServer {
  const server: HttpServer = fastify<
    RawServerDefault,
    RawRequestDefaultExpression,
    RawReplyDefaultExpression
  >({
    loggerInstance: parts.logger,
    requestIdHeader: false,
    logController: new LogController({ requestIdLogLabel: 'request_id' }),
    genReqId: takeOrMakeRequestId(parts.newRequestId),
    bodyLimit: maxJsonBytes,
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError(parts.newRequestId),
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  registerJsonBodies(server);
  registerErrors(server);
  registerRequestIds(server);
  registerGracefulClose(server);
  registerWebSockets(server);
  registerEtags(server);
  registerIdempotency(server, parts.idempotency);
  registerStrictQueries(server);
  describe(server);
  registerMetrics(server, parts.metrics);
  return server;
}
