/** What is measured of every request, and GET /metrics for Prometheus. */
import { Type } from 'typebox';
import { Gauge, Histogram, type Registry } from '../../platform/telemetry/metrics.ts';
import { problemResponses } from './problem.ts';
import type { HttpServer } from './server.ts';

/** From a row of a table to an upload of gigabytes. */
const seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];

export function registerMetrics(server: HttpServer, registry: Registry): void {
  const duration = new Histogram({
    name: 'unroll_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer, by route template.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: seconds,
    registers: [registry],
  });
  const inFlight = new Gauge({
    name: 'unroll_http_requests_in_flight',
    help: 'Requests that are being answered.',
    registers: [registry],
  });
  server.addHook('onRequest', (_request, _reply, done) => {
    inFlight.inc();
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    inFlight.dec();
    duration.observe(
      {
        method: request.method,
        // The template, never the address: ids would make a time series each.
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
      },
      reply.elapsedTime / 1000,
    );
    done();
  });

  server.register(async (scope: HttpServer) => {
    metricsRoute(scope, registry);
  });
}

function metricsRoute(server: HttpServer, registry: Registry): void {
  server.route({
    method: 'GET',
    url: '/metrics',
    logLevel: 'warn',
    schema: {
      operationId: 'getMetrics',
      tags: ['operations'],
      summary: 'Metrics for Prometheus',
      description: 'Text in the Prometheus exposition format.',
      response: {
        200: {
          description: 'The metrics of this process.',
          content: {
            'text/plain': {
              schema: Type.String(),
              example: '# TYPE unroll_http_requests_in_flight gauge\nunroll_http_requests_in_flight 1\n',
            },
          },
        },
        ...problemResponses(),
      },
    },
    handler: async (_request, reply) => {
      const text = await registry.metrics();
      return reply.type(registry.contentType).send(text);
    },
  });
}
