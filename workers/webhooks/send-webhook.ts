/** One attempt: signs the message with every secret that signs now, sends it, and says what came of it. */
import { Webhook } from 'standardwebhooks';
import type { ClaimedDelivery } from '../../domain/ports/webhook-repository.ts';
import type { AttemptResult } from '../../domain/webhooks/judge-attempt.ts';
import { readRetryAfter } from '../../domain/webhooks/retry-schedule.ts';
import { signingSecrets } from '../../domain/webhooks/secret.ts';
import { guardedPost, type GuardedRequest } from '../../platform/network/guarded-request.ts';

/** The specification advises 15 to 30 s. */
export const attemptTimeoutMs = 15_000;

export interface SendOptions extends Pick<GuardedRequest, 'allowPrivate' | 'lookup'> {
  readonly userAgent: string;
  readonly timeoutMs?: number;
}

export async function sendWebhook(
  { messageId, url, secrets, body }: ClaimedDelivery,
  { userAgent, timeoutMs = attemptTimeoutMs, ...network }: SendOptions,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const now = new Date();
  try {
    const signatures = signingSecrets(secrets, now).map(({ secret }) =>
      new Webhook(secret).sign(messageId, now, body),
    );
    const headers = {
      'content-type': 'application/json',
      'user-agent': userAgent,
      'webhook-id': messageId,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    };
    const { status, header } = await guardedPost({ url, headers, body, timeoutMs, signal, ...network });
    return { responseStatus: status, retryAfterMs: readRetryAfter(header('retry-after'), new Date()) };
  } catch (error) {
    return { responseStatus: null, error: describe(error) };
  }
}

/** A failed connection to one of several addresses hides its reasons inside. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll('\0', '').slice(0, 500) || 'the connection failed';
}
