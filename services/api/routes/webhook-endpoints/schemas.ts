/** Webhook endpoints and deliveries on the wire. */
import { Type, type Static } from 'typebox';
import { WebhookDeliveryStatus, WebhookType } from '../../../../domain/webhooks/webhook.ts';
import { Timestamp } from '../../../http/answers.ts';
import { listOf, listQuery } from '../../../http/pagination.ts';

const nullableTimestamp = (description: string) =>
  Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description });

const endpoint = {
  id: Type.String({ description: '`whe_` and 32 hexadecimal digits, in the order of creation.' }),
  url: Type.String(),
  description: Type.Union([Type.String(), Type.Null()]),
  types: Type.Array(WebhookType, { description: 'What it is told of; empty: everything.' }),
  enabled: Type.Boolean(),
  disabled_at: nullableTimestamp('Null while it is enabled.'),
  disabled_reason: Type.Union([Type.String(), Type.Null()]),
  failing_since: nullableTimestamp('Since when every attempt has failed; null after one that did not.'),
  old_secret_until: nullableTimestamp('While messages are also signed with secrets from before a rotation.'),
  created_at: Timestamp,
  updated_at: Timestamp,
};

export const WebhookEndpointResource = Type.Object(endpoint, {
  title: 'WebhookEndpoint',
  additionalProperties: false,
  description: 'Where an operator wants to hear of jobs and datasets. Its secret is not shown.',
});
export type WebhookEndpointResource = Static<typeof WebhookEndpointResource>;

export const WebhookEndpointWithSecret = Type.Object(
  {
    ...endpoint,
    secret: Type.String({
      description: 'What messages are signed with: `whsec_` and base64. Keep it: no later answer has it.',
    }),
  },
  { title: 'WebhookEndpointWithSecret', additionalProperties: false },
);
export type WebhookEndpointWithSecret = Static<typeof WebhookEndpointWithSecret>;

export const WebhookEndpointList = listOf(WebhookEndpointResource, 'WebhookEndpointList');
export const WebhookEndpointListQuery = listQuery('whe', {});

const Url = Type.String({
  minLength: 1,
  maxLength: 2000,
  description:
    'Starts with https://, without user name, password and fragment, and leads to a public address. WEBHOOK_ALLOW_PRIVATE allows others, and http://.',
});
const Description = Type.Union([
  Type.String({
    maxLength: 2000,
    pattern: '^[^\\u0000]*$',
    description: 'at most 2000 characters, none of them a NUL',
  }),
  Type.Null(),
]);
const Types = Type.Array(WebhookType, {
  maxItems: 100,
  description: 'What to be told of; empty or absent: everything.',
});

const requestExample = {
  url: 'https://example.com/hooks/unroll',
  types: ['training_job.succeeded', 'training_job.failed'],
};

export const WebhookEndpointRequest = Type.Object(
  {
    url: Url,
    description: Type.Optional(Description),
    types: Type.Optional(Types),
    secret: Type.Optional(
      Type.String({
        maxLength: 200,
        description: '`whsec_` and the base64 of 24 to 64 bytes. One is made when it is absent.',
      }),
    ),
  },
  { title: 'WebhookEndpointRequest', additionalProperties: false, examples: [requestExample] },
);

export const WebhookEndpointChange = Type.Object(
  {
    url: Type.Optional(Url),
    description: Type.Optional(Description),
    types: Type.Optional(Types),
    enabled: Type.Optional(
      Type.Boolean({
        description:
          '`false` discards what waits to be sent; `…/replay` sends it after all, once it is enabled.',
      }),
    ),
  },
  { title: 'WebhookEndpointChange', additionalProperties: false, examples: [{ enabled: false }] },
);

export const WebhookEndpointParams = Type.Object({ id: Type.String() });
export const WebhookDeliveryParams = Type.Object({ id: Type.String(), delivery_id: Type.String() });

export const WebhookDeliveryResource = Type.Object(
  {
    id: Type.String({ description: '`whd_` and 32 hexadecimal digits, in the order of creation.' }),
    message_id: Type.String({
      description: '`msg_…`: the `webhook-id` header, the same at every attempt and for every endpoint.',
    }),
    endpoint_id: Type.String(),
    type: Type.String({ description: 'What it tells of; `webhook.test` for a test.' }),
    status: WebhookDeliveryStatus,
    attempts: Type.Integer({ description: 'Attempts that were begun.' }),
    next_attempt_at: nullableTimestamp('Null when there will be none.'),
    last_attempt_at: nullableTimestamp('Null before the first.'),
    response_status: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Of the last attempt; null when there was no answer.',
    }),
    error: Type.Union([Type.String(), Type.Null()], { description: 'Why the last attempt failed.' }),
    created_at: Timestamp,
  },
  {
    title: 'WebhookDelivery',
    additionalProperties: false,
    description: 'One message to one endpoint, and how that went.',
  },
);
export type WebhookDeliveryResource = Static<typeof WebhookDeliveryResource>;

export const WebhookDeliveryList = listOf(WebhookDeliveryResource, 'WebhookDeliveryList');
/** Without title and description, which stand with the parameter in the document. */
const StatusFilter = Type.Union([...WebhookDeliveryStatus.anyOf]);
export const WebhookDeliveryListQuery = listQuery('whd', { status: Type.Optional(StatusFilter) });

export const ReplayRequest = Type.Object(
  { since: Type.String({ format: 'date-time', description: 'Messages of this time and later.' }) },
  {
    title: 'WebhookReplayRequest',
    additionalProperties: false,
    examples: [{ since: '2026-01-31T00:00:00Z' }],
  },
);
export const ReplayAnswer = Type.Object(
  { deliveries: Type.Integer({ description: 'How many will be sent.' }) },
  { title: 'WebhookReplay', additionalProperties: false },
);
