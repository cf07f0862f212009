/** What the document shows of webhook endpoints. */
import type {
  WebhookDeliveryResource,
  WebhookEndpointResource,
  WebhookEndpointWithSecret,
} from './schemas.ts';

export const endpointExample: WebhookEndpointResource = {
  id: 'whe_0197a4f7d2e17d4bac2f60718293a4c1',
  url: 'https://example.com/hooks/unroll',
  description: 'Starts the nightly report.',
  types: ['training_job.succeeded', 'training_job.failed'],
  enabled: true,
  disabled_at: null,
  disabled_reason: null,
  failing_since: null,
  old_secret_until: null,
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
};

export const createdExample: WebhookEndpointWithSecret = {
  ...endpointExample,
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};

export const rotatedExample: WebhookEndpointWithSecret = {
  ...createdExample,
  secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  old_secret_until: '2026-02-02T09:30:00.000Z',
  updated_at: '2026-02-01T09:30:00.000Z',
};

export const disabledExample: WebhookEndpointResource = {
  ...endpointExample,
  enabled: false,
  disabled_at: '2026-02-01T09:30:00.000Z',
  disabled_reason: 'disabled by request',
  updated_at: '2026-02-01T09:30:00.000Z',
};

export const waitingExample: WebhookDeliveryResource = {
  id: 'whd_0197a4f7e2e17d4bac2f60718293a4c2',
  message_id: 'msg_0197a4f7e2e07d4bac2f60718293a4c3',
  endpoint_id: endpointExample.id,
  type: 'training_job.succeeded',
  status: 'pending',
  attempts: 0,
  next_attempt_at: '2026-01-31T12:03:00.000Z',
  last_attempt_at: null,
  response_status: null,
  error: null,
  created_at: '2026-01-31T12:03:00.000Z',
};

export const deliveredExample: WebhookDeliveryResource = {
  ...waitingExample,
  status: 'delivered',
  attempts: 1,
  next_attempt_at: null,
  last_attempt_at: '2026-01-31T12:03:00.000Z',
  response_status: 204,
};
