/** Signing secrets as an endpoint's row has them. */
import type { WebhookSecret } from '../../domain/webhooks/webhook.ts';
import type { Prisma } from './prisma.ts';
import { asJson } from './rows.ts';

interface StoredSecret {
  readonly secret: string;
  readonly expires_at: string | null;
}

export const storedSecrets = (secrets: readonly WebhookSecret[]): Prisma.InputJsonValue =>
  asJson(secrets.map(({ secret, expiresAt }) => ({ secret, expires_at: expiresAt?.toISOString() ?? null })));

export const toSecrets = (json: unknown): WebhookSecret[] =>
  (json as readonly StoredSecret[]).map(({ secret, expires_at: expires }) => ({
    secret,
    expiresAt: expires === null ? null : new Date(expires),
  }));
