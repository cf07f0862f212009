/** GET …/:id/events: the log of a job, as a list or live. */
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { isEnded } from '../../../../domain/training-jobs/training-job.ts';
import { noContent } from '../../../http/answers.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import { EventsQuery, LastEventId, presentEvent, type EventResource } from './event-schemas.ts';
import { JobParams, type AnyJob, type AnyJobResource, type JobKind, type PageQuery } from './job-kind.ts';

interface EventList {
  data: EventResource[];
  has_more: boolean;
  next: number | null;
}

export function eventRoutes<Job extends AnyJob, Wire extends AnyJobResource, Query extends PageQuery>(
  server: HttpServer,
  { path, name, noun, tag, descriptions, schemas, examples, events, feed }: JobKind<Job, Wire, Query>,
  find: (id: string) => Promise<Job>,
): void {
  server.addHook('preClose', (done) => {
    feed.end();
    done();
  });

  server.route({
    method: 'GET',
    url: `${path}/:id/events`,
    exposeHeadRoute: false,
    schema: {
      operationId: `get${name}Events`,
      tags: [tag],
      summary: `The log of a ${noun}, as a list or live`,
      description: descriptions.events,
      params: JobParams,
      querystring: EventsQuery,
      headers: LastEventId,
      response: {
        200: {
          description: 'The events so far, or the stream of them.',
          content: {
            'application/json': {
              schema: Type.Unsafe<EventList>(schemas.eventList),
              example: { data: [examples.event], has_more: false, next: null },
            },
            'text/event-stream': {
              schema: Type.Unsafe<Readable>({ type: 'string' }),
              example: examples.eventStream,
            },
          },
        },
        204: noContent('The stream would be empty: the job has ended and its last event has been seen.'),
        ...problemResponses('invalid_request', 'not_found', 'unavailable'),
      },
    },
    handler: async (request, reply) => {
      const { limit } = request.query;
      const job = await find(request.params.id);
      const after = Number(request.headers['last-event-id'] ?? request.query.after ?? 0);
      const read = (most: number) => events(job.id, { afterSequence: after, limit: most });
      if (!/\btext\/event-stream\b/.test(request.headers.accept ?? '')) {
        const found = await read(limit + 1);
        const data = found.slice(0, limit).map(presentEvent);
        const hasMore = found.length > limit;
        const next = hasMore ? (data.at(-1)?.sequence ?? null) : null;
        return reply.send({ data, has_more: hasMore, next });
      }
      if (isEnded(job.status) && (await read(1)).length === 0) return reply.code(204).send(null);
      const stream = feed.open({ jobId: job.id, after, cut: () => reply.raw.destroy() });
      return reply
        .type('text/event-stream; charset=utf-8')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no', vary: 'accept' })
        .send(stream);
    },
  });
}
