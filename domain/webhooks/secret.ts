/** Signing secrets: `whsec_` and the base64 of 24 to 64 bytes, as Standard Webhooks has them. */
import type { WebhookSecret } from './webhook.ts';

const prefix = 'whsec_';

export const makeSecret = (randomBase64: string): string => `${prefix}${randomBase64}`;

/** Those that sign at this time, the newest first. */
export const signingSecrets = (secrets: readonly WebhookSecret[], now: Date): readonly WebhookSecret[] =>
  secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);

/** No more signatures than this go into a header. */
const mostSecrets = 5;

/** The new secret first; the one before signs for `graceMs` more, older ones as long as they would have. */
export function rotateSecrets(
  secrets: readonly WebhookSecret[],
  next: string,
  now: Date,
  graceMs: number,
): readonly WebhookSecret[] {
  const end = new Date(now.getTime() + graceMs);
  const before = signingSecrets(secrets, now)
    .filter(({ secret }) => secret !== next)
    .map(({ secret, expiresAt }) => ({
      secret,
      expiresAt: expiresAt !== null && expiresAt < end ? expiresAt : end,
    }))
    .filter(({ expiresAt }) => expiresAt > now);
  return [{ secret: next, expiresAt: null }, ...before].slice(0, mostSecrets);
}
