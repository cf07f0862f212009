/** Makes the OpenAPI document from the routes, without any of the parts that would answer requests. */
import { pino } from 'pino';
import type { IdempotencyRepository } from '../domain/ports/idempotency-repository.ts';
import { createMetricsRegistry } from '../platform/telemetry/metrics.ts';
import { registerApi } from './api/app.ts';
import type { ApiParts } from './api/parts.ts';
import { registerHealth } from './http/health.ts';
import { registerOpenApiGenerator, type OpenApiDocument } from './http/openapi.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { registerInference } from './inference/app.ts';
import type { InferenceParts } from './inference/parts.ts';

/** Routes are only described here: whoever asked one of them to answer would find nothing behind it. */
const nothing = {
  maxUploadBytes: 1,
  eventFeed: { end: () => undefined },
  batchEventFeed: { end: () => undefined },
} as unknown as ApiParts & InferenceParts & { idempotencyKeys: IdempotencyRepository };

/** All routes; `describe` is given the server before it has any. */
export function describedServer(describe: (server: HttpServer) => void): HttpServer {
  const server = createHttpServer(
    {
      logger: pino({ level: 'silent' }),
      metrics: createMetricsRegistry('openapi'),
      newRequestId: () => 'req_0',
      idempotency: { keys: nothing.idempotencyKeys, keptForMs: 0, report: () => undefined },
    },
    describe,
  );
  registerHealth(server, {});
  registerApi(server, nothing);
  registerInference(server, nothing);
  return server;
}

export async function makeOpenApiDocument(): Promise<OpenApiDocument> {
  const server = describedServer(registerOpenApiGenerator);
  await server.ready();
  try {
    return JSON.parse(JSON.stringify(server.swagger())) as OpenApiDocument;
  } finally {
    await server.close();
  }
}
