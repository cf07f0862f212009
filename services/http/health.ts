/** /healthz (the process lives) and /readyz (what it needs is there). */
import { Type, type Static } from 'typebox';
import { answer } from './answers.ts';
import { problemResponses } from './problem.ts';
import type { HttpServer } from './server.ts';

/** What a ready process needs, by name; each throws, with a reason, when it is not there. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

/** A part that does not answer within this time is not there. */
const timeoutMs = 2000;

const tags = ['operations'];

const Health = Type.Object({ status: Type.Literal('ok') }, { title: 'Health', additionalProperties: false });

const Check = Type.Object(
  {
    status: Type.Union([Type.Literal('ok'), Type.Literal('unavailable')]),
    message: Type.Union([Type.String(), Type.Null()]),
  },
  { additionalProperties: false },
);

const Readiness = Type.Object(
  {
    status: Type.Union([Type.Literal('ready'), Type.Literal('not_ready')]),
    checks: Type.Record(Type.String(), Check, { description: 'Every part that is needed, by name.' }),
  },
  { title: 'Readiness', additionalProperties: false },
);

/** `checks` is read at each request. */
export function registerHealth(app: HttpServer, checks: ReadinessChecks): void {
  app.register(async (server: HttpServer) => {
    healthRoutes(server, checks);
  });
}

function healthRoutes(server: HttpServer, checks: ReadinessChecks): void {
  server.route({
    method: 'GET',
    url: '/healthz',
    logLevel: 'warn',
    schema: {
      operationId: 'getHealth',
      tags,
      summary: 'Whether the process lives',
      response: { 200: answer(Health, 'It lives.', { status: 'ok' }), ...problemResponses() },
    },
    handler: async () => ({ status: 'ok' }) as const,
  });

  const ok = { status: 'ok', message: null } as const;
  server.route({
    method: 'GET',
    url: '/readyz',
    logLevel: 'warn',
    schema: {
      operationId: 'getReadiness',
      tags,
      summary: 'Whether everything that is needed is there',
      description: 'PostgreSQL, Redis, storage and a worker for each queue; says which is not.',
      response: {
        200: answer(Readiness, 'Ready.', {
          status: 'ready',
          checks: { postgres: ok, redis: ok, storage: ok, workers: ok },
        }),
        503: answer(Readiness, 'Not ready.', {
          status: 'not_ready',
          checks: {
            postgres: ok,
            redis: ok,
            storage: ok,
            workers: { status: 'unavailable', message: 'expected a worker for train, got none' },
          },
        }),
        ...problemResponses(),
      },
    },
    handler: async (request, reply) => {
      const entries: (readonly [string, Static<typeof Check>])[] = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => {
          try {
            await within(timeoutMs, check());
            return [name, ok] as const;
          } catch (error) {
            request.log.warn({ err: error }, `${name} is not there`);
            const message = error instanceof Error ? error.message : 'unknown';
            return [name, { status: 'unavailable', message }] as const;
          }
        }),
      );
      const results: Static<typeof Readiness>['checks'] = Object.fromEntries(entries);
      const isReady = entries.every(([, { status }]) => status === 'ok');
      return isReady
        ? reply.code(200).send({ status: 'ready', checks: results })
        : reply.code(503).header('retry-after', '5').send({ status: 'not_ready', checks: results });
    },
  });
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`expected an answer within ${limitMs} ms, got none`)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
