/** What can be asked of a job whatever its kind: all of them, one of them, to end it, to forget it, and its log. */
import { Type } from 'typebox';
import { answer, etagHeader, noContent, unchanged } from '../../../http/answers.ts';
import { firstPage, pageRequest, presentPage } from '../../../http/pagination.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import { eventRoutes } from './event-routes.ts';
import {
  jobAccess,
  JobParams,
  type AnyJob,
  type AnyJobResource,
  type JobKind,
  type PageQuery,
} from './job-kind.ts';

export function jobRoutes<Job extends AnyJob, Wire extends AnyJobResource, Query extends PageQuery>(
  server: HttpServer,
  kind: JobKind<Job, Wire, Query>,
): void {
  const { path, name, noun, descriptions, examples } = kind;
  const tags = [kind.tag];
  const Resource = Type.Unsafe<AnyJobResource>(kind.schemas.resource);
  const { find, present } = jobAccess(kind);

  server.route({
    method: 'GET',
    url: path,
    schema: {
      operationId: `list${name}s`,
      tags,
      summary: `List ${noun}s`,
      description: 'Newest first.',
      querystring: Type.Unsafe<PageQuery>(kind.schemas.listQuery),
      response: {
        200: answer(
          Type.Unsafe<ReturnType<typeof firstPage<AnyJobResource>>>(kind.schemas.list),
          `A page of ${noun}s.`,
          firstPage(examples.one),
        ),
        ...problemResponses('invalid_request', 'unavailable'),
      },
    },
    handler: async ({ query }) => {
      // Its schema, which is this kind's, has checked it.
      const { data, hasMore } = await kind.list(pageRequest(query), query as Query);
      return presentPage(
        { data: await kind.present(data), hasMore },
        (job) => job,
        ({ id }) => id,
      );
    },
  });

  server.route({
    method: 'GET',
    url: `${path}/:id`,
    config: { etag: true },
    schema: {
      operationId: `get${name}`,
      tags,
      summary: `Get a ${noun}`,
      description: descriptions.get,
      params: JobParams,
      response: {
        200: answer(Resource, `The ${noun}.`, examples.one, etagHeader),
        304: unchanged,
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(await find(params.id)),
  });

  server.route({
    method: 'POST',
    url: `${path}/:id/cancel`,
    schema: {
      operationId: `cancel${name}`,
      tags,
      summary: `Cancel a ${noun}`,
      description: descriptions.cancel,
      params: JobParams,
      response: {
        200: answer(Resource, 'The job as it is now.', examples.cancelling),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params }) => present(await kind.cancel(params.id)),
  });

  server.route({
    method: 'DELETE',
    url: `${path}/:id`,
    schema: {
      operationId: `delete${name}`,
      tags,
      summary: `Delete an ended ${noun}`,
      description: descriptions.delete,
      params: JobParams,
      response: {
        204: noContent('Deleted.'),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params: { id } }, reply) => {
      await kind.delete(id);
      return reply.code(204).send(null);
    },
  });

  eventRoutes(server, kind, find);
}
