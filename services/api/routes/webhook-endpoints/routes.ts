/** /v1/webhook-endpoints: who is told of jobs and datasets, and how that went. */
import { randomBytes } from 'node:crypto';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { makeSecret, rotateSecrets } from '../../../../domain/webhooks/secret.ts';
import type { WebhookEndpoint } from '../../../../domain/webhooks/webhook.ts';
import { answer, etagHeader, noContent, unchanged } from '../../../http/answers.ts';
import { pageRequest, presentPage } from '../../../http/pagination.ts';
import { problemResponses } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import type { ApiParts } from '../../parts.ts';
import {
  createdExample,
  deliveredExample,
  disabledExample,
  endpointExample,
  rotatedExample,
  waitingExample,
} from './examples.ts';
import { presentWebhookDelivery, presentWebhookEndpoint, presentWithSecret } from './present.ts';
import { checkEndpoint, readSince } from './request-checks.ts';
import {
  ReplayAnswer,
  ReplayRequest,
  WebhookDeliveryList,
  WebhookDeliveryListQuery,
  WebhookDeliveryParams,
  WebhookDeliveryResource,
  WebhookEndpointChange,
  WebhookEndpointList,
  WebhookEndpointListQuery,
  WebhookEndpointParams,
  WebhookEndpointRequest,
  WebhookEndpointResource,
  WebhookEndpointWithSecret,
} from './schemas.ts';

const tags = ['webhooks'];
const newSecret = (): string => makeSecret(randomBytes(32).toString('base64'));
/** The old secret signs beside the new one for so long: time for whoever verifies to take the new one. */
const graceMs = 24 * 3_600_000;

const unknown = (id: string): UnrollError =>
  new UnrollError('not_found', `There is no webhook endpoint ${id}`);

export async function webhookEndpointRoutes(server: HttpServer, parts: ApiParts): Promise<void> {
  const { webhooks } = parts;
  const find = async (id: string): Promise<WebhookEndpoint> => {
    const endpoint = await webhooks.findEndpoint(id);
    if (endpoint === null) throw unknown(id);
    return endpoint;
  };
  const findEnabled = async (id: string): Promise<WebhookEndpoint> => {
    const endpoint = await find(id);
    if (endpoint.disabledAt !== null) throw disabled();
    return endpoint;
  };
  const disabled = (): UnrollError =>
    new UnrollError(
      'conflict',
      'expected an endpoint that is enabled, got one that is disabled: enable it first',
    );
  const callSenders = (): void => {
    parts.notifications
      .notify('webhooks')
      .catch((error: unknown) => parts.report('Webhooks will be sent a little late', error));
  };

  server.route({
    method: 'POST',
    url: '/v1/webhook-endpoints',
    schema: {
      operationId: 'createWebhookEndpoint',
      tags,
      summary: 'Register a webhook endpoint',
      description:
        'From now on it is sent what happens to training jobs, batch predictions and datasets, signed as Standard Webhooks has it. `secret` stands in this answer alone (and in that of a rotation).',
      body: WebhookEndpointRequest,
      response: {
        201: answer(WebhookEndpointWithSecret, 'Registered, with its secret.', createdExample, {
          Location: 'Address of the endpoint.',
        }),
        ...problemResponses(
          'invalid_request',
          'unsupported_media_type',
          'validation_failed',
          'not_found',
          'unavailable',
        ),
      },
    },
    handler: async ({ body, keyed }, reply) => {
      const accept = (endpoint: WebhookEndpoint): typeof reply =>
        reply
          .code(201)
          .header('location', `/v1/webhook-endpoints/${endpoint.id}`)
          .send(presentWithSecret(endpoint));
      if (keyed !== null && keyed.madeBefore !== null) return accept(await find(keyed.madeBefore));
      const { url, description, types, secret } = checkEndpoint(body, parts.refuseWebhookUrl);
      const endpoint = await webhooks.createEndpoint(
        {
          url,
          description: description ?? null,
          types: [...new Set(types)],
          secret: secret ?? newSecret(),
        },
        keyed?.claim,
      );
      return accept(endpoint);
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/webhook-endpoints',
    schema: {
      operationId: 'listWebhookEndpoints',
      tags,
      summary: 'List webhook endpoints',
      description: 'Newest first; without their secrets.',
      querystring: WebhookEndpointListQuery,
      response: {
        200: answer(WebhookEndpointList, 'A page of endpoints.', {
          data: [endpointExample],
          has_more: false,
          next: null,
        }),
        ...problemResponses('invalid_request', 'unavailable'),
      },
    },
    handler: async ({ query }) =>
      presentPage(
        await webhooks.listEndpoints(pageRequest(query)),
        (endpoint) => presentWebhookEndpoint(endpoint),
        ({ id }) => id,
      ),
  });

  server.route({
    method: 'GET',
    url: '/v1/webhook-endpoints/:id',
    config: { etag: true },
    schema: {
      operationId: 'getWebhookEndpoint',
      tags,
      summary: 'Get a webhook endpoint',
      params: WebhookEndpointParams,
      response: {
        200: answer(WebhookEndpointResource, 'The endpoint.', endpointExample, etagHeader),
        304: unchanged,
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params }) => presentWebhookEndpoint(await find(params.id)),
  });

  server.route({
    method: 'PATCH',
    url: '/v1/webhook-endpoints/:id',
    schema: {
      operationId: 'changeWebhookEndpoint',
      tags,
      summary: 'Change, disable or enable a webhook endpoint',
      description: 'What is not named stays as it is.',
      params: WebhookEndpointParams,
      body: WebhookEndpointChange,
      response: {
        200: answer(WebhookEndpointResource, 'The endpoint as it is now.', disabledExample),
        ...problemResponses(
          'invalid_request',
          'unsupported_media_type',
          'validation_failed',
          'not_found',
          'unavailable',
        ),
      },
    },
    handler: async ({ params: { id }, body }) => {
      const { types, ...change } = checkEndpoint(body, parts.refuseWebhookUrl);
      const endpoint = await webhooks.updateEndpoint(id, {
        ...change,
        ...(types !== undefined && { types: [...new Set(types)] }),
      });
      if (endpoint === null) throw unknown(id);
      return presentWebhookEndpoint(endpoint);
    },
  });

  server.route({
    method: 'DELETE',
    url: '/v1/webhook-endpoints/:id',
    schema: {
      operationId: 'deleteWebhookEndpoint',
      tags,
      summary: 'Delete a webhook endpoint',
      description: 'With the record of its deliveries; what waits is not sent.',
      params: WebhookEndpointParams,
      response: { 204: noContent('Deleted.'), ...problemResponses('not_found', 'unavailable') },
    },
    handler: async ({ params: { id } }, reply) => {
      if (!(await webhooks.deleteEndpoint(id))) throw unknown(id);
      return reply.code(204).send(null);
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/webhook-endpoints/:id/rotate-secret',
    schema: {
      operationId: 'rotateWebhookSecret',
      tags,
      summary: 'Give a webhook endpoint a new secret',
      description:
        'For 24 hours messages are signed with the old secret too, so that whoever verifies has time to change.',
      params: WebhookEndpointParams,
      response: {
        200: answer(WebhookEndpointWithSecret, 'The endpoint with its new secret.', rotatedExample),
        ...problemResponses('not_found', 'unavailable'),
      },
    },
    handler: async ({ params: { id } }) => {
      const secret = newSecret();
      const endpoint = await webhooks.changeSecrets(id, (secrets) =>
        rotateSecrets(secrets, secret, new Date(), graceMs),
      );
      if (endpoint === null) throw unknown(id);
      return presentWithSecret(endpoint);
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/webhook-endpoints/:id/test',
    schema: {
      operationId: 'testWebhookEndpoint',
      tags,
      summary: 'Send a test message',
      description: 'Of type `webhook.test`, to this endpoint alone, whatever types it wants.',
      params: WebhookEndpointParams,
      response: {
        202: answer(WebhookDeliveryResource, 'It will be sent at once.', {
          ...waitingExample,
          type: 'webhook.test',
        }),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params: { id } }, reply) => {
      await findEnabled(id);
      const delivery = await webhooks.sendTest(id);
      if (delivery === null) throw disabled();
      callSenders();
      return reply.code(202).send(presentWebhookDelivery(delivery));
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/webhook-endpoints/:id/deliveries',
    schema: {
      operationId: 'listWebhookDeliveries',
      tags,
      summary: 'List what was sent to a webhook endpoint',
      description: 'Newest first. Kept for WEBHOOK_RETENTION_DAYS.',
      params: WebhookEndpointParams,
      querystring: WebhookDeliveryListQuery,
      response: {
        200: answer(WebhookDeliveryList, 'A page of deliveries.', {
          data: [deliveredExample],
          has_more: false,
          next: null,
        }),
        ...problemResponses('invalid_request', 'not_found', 'unavailable'),
      },
    },
    handler: async ({ params, query }) => {
      const { id } = await find(params.id);
      const { status } = query;
      const page = await webhooks.listDeliveries(id, {
        ...pageRequest(query),
        ...(status !== undefined && { status }),
      });
      return presentPage(page, presentWebhookDelivery, (delivery) => delivery.id);
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/webhook-endpoints/:id/deliveries/:delivery_id/replay',
    schema: {
      operationId: 'replayWebhookDelivery',
      tags,
      summary: 'Send a message once more',
      description: 'Whatever became of it, with the same `webhook-id`, from the start of the schedule.',
      params: WebhookDeliveryParams,
      response: {
        202: answer(WebhookDeliveryResource, 'It will be sent at once.', waitingExample),
        ...problemResponses('not_found', 'conflict', 'unavailable'),
      },
    },
    handler: async ({ params: { id, delivery_id: deliveryId } }, reply) => {
      await findEnabled(id);
      const delivery = await webhooks.replay(id, deliveryId);
      if (delivery === null)
        throw new UnrollError('not_found', `Webhook endpoint ${id} has no delivery ${deliveryId}`);
      callSenders();
      return reply.code(202).send(presentWebhookDelivery(delivery));
    },
  });

  server.route({
    method: 'POST',
    url: '/v1/webhook-endpoints/:id/replay',
    schema: {
      operationId: 'replayWebhookEndpoint',
      tags,
      summary: 'Send what a webhook endpoint has missed',
      description:
        'Everything since then that it wants and has not accepted: what was given up, discarded, or happened while it was disabled or not registered yet.',
      params: WebhookEndpointParams,
      body: ReplayRequest,
      response: {
        202: answer(ReplayAnswer, 'They will be sent at once.', { deliveries: 3 }),
        ...problemResponses(
          'invalid_request',
          'unsupported_media_type',
          'validation_failed',
          'not_found',
          'conflict',
          'unavailable',
        ),
      },
    },
    handler: async ({ params, body }, reply) => {
      const { id } = await findEnabled(params.id);
      const deliveries = await webhooks.replaySince(id, readSince(body.since));
      callSenders();
      return reply.code(202).send({ deliveries });
    },
  });
}
