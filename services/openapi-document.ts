/** Makes the OpenAPI document from the routes, without any of the parts that would answer requests. */
import { pino } from 'pino';
import { createMetricsRegistry } from '../platform/telemetry/metrics.ts';
import { registerApi } from './api/app.ts';
import type { ApiParts } from './api/parts.ts';
import { registerHealth } from './http/health.ts';
import { registerOpenApiGenerator, type OpenApiDocument } from './http/openapi.ts';
import { createHttpServer } from './http/server.ts';
import { registerInference } from './inference/app.ts';
import type { InferenceParts } from './inference/parts.ts';

/** Routes are only described here: whoever asked one of them to answer would find nothing behind it. */
const nothing = new Proxy(
  { maxUploadBytes: 1 },
  {
    get: (target, name) => (name === 'maxUploadBytes' ? target.maxUploadBytes : undefined),
  },
) as unknown as ApiParts & InferenceParts;

export async function makeOpenApiDocument(): Promise<OpenApiDocument> {
  const server = createHttpServer(
    { logger: pino({ level: 'silent' }), metrics: createMetricsRegistry('openapi'), newId: () => 'req_0' },
    registerOpenApiGenerator,
  );
  registerHealth(server, {});
  registerApi(server, nothing);
  registerInference(server, nothing);
  await server.ready();
  try {
    return JSON.parse(JSON.stringify(server.swagger())) as OpenApiDocument;
  } finally {
    await server.close();
  }
}
