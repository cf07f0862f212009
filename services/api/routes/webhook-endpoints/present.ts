/** Webhook endpoints and deliveries from the domain to the wire. */
import type { WebhookDelivery, WebhookEndpoint } from '../../../../domain/webhooks/webhook.ts';
import type {
  WebhookDeliveryResource,
  WebhookEndpointResource,
  WebhookEndpointWithSecret,
} from './schemas.ts';

export const presentWebhookEndpoint = (
  endpoint: WebhookEndpoint,
  now = new Date(),
): WebhookEndpointResource => ({
  id: endpoint.id,
  url: endpoint.url,
  description: endpoint.description,
  types: [...endpoint.types],
  enabled: endpoint.disabledAt === null,
  disabled_at: endpoint.disabledAt?.toISOString() ?? null,
  disabled_reason: endpoint.disabledReason,
  failing_since: endpoint.failingSince?.toISOString() ?? null,
  old_secret_until: oldSecretUntil(endpoint, now)?.toISOString() ?? null,
  created_at: endpoint.createdAt.toISOString(),
  updated_at: endpoint.updatedAt.toISOString(),
});

export const presentWithSecret = (endpoint: WebhookEndpoint): WebhookEndpointWithSecret => ({
  ...presentWebhookEndpoint(endpoint),
  secret: endpoint.secrets[0]!.secret,
});

/** The latest end of those that still sign beside the newest. */
function oldSecretUntil({ secrets }: WebhookEndpoint, now: Date): Date | null {
  const ends = secrets.flatMap(({ expiresAt }) => (expiresAt !== null && expiresAt > now ? [expiresAt] : []));
  return ends.reduce<Date | null>((latest, end) => (latest === null || end > latest ? end : latest), null);
}

export const presentWebhookDelivery = (delivery: WebhookDelivery): WebhookDeliveryResource => ({
  id: delivery.id,
  message_id: delivery.messageId,
  endpoint_id: delivery.endpointId,
  type: delivery.type,
  status: delivery.status,
  attempts: delivery.attempts,
  next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null,
  last_attempt_at: delivery.lastAttemptAt?.toISOString() ?? null,
  response_status: delivery.responseStatus,
  error: delivery.error,
  created_at: delivery.createdAt.toISOString(),
});
