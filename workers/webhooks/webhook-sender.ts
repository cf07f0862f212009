/**
 * Sends what is due, in every worker. PostgreSQL alone says what is due and who has it, so this needs no Redis: a
 * notification only makes it look sooner. Receivers that hang hold up their own deliveries and no others.
 */
import type { Notifications } from '../../domain/ports/notifications.ts';
import type { ClaimedDelivery, WebhookRepository } from '../../domain/ports/webhook-repository.ts';
import { judgeAttempt } from '../../domain/webhooks/judge-attempt.ts';
import { newId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { attemptTimeoutMs, sendWebhook, type SendOptions } from './send-webhook.ts';

export interface WebhookSenderParts extends SendOptions {
  readonly webhooks: Pick<WebhookRepository, 'claimDue' | 'recordAttempt' | 'release'>;
  readonly notifications: Pick<Notifications, 'listen'>;
  readonly log: Logger;
  /** Between two looks at the table. */
  readonly pollMs?: number;
  /** The time, where the database's clock is not meant. */
  readonly clock?: () => Date;
}

/** Attempts at the same time. */
const concurrency = 64;
const perEndpoint = 4;
/** Nobody takes so long for an attempt: what is claimed for longer is a dead process's. */
const staleAfterMs = 4 * attemptTimeoutMs;
const disableAfterMs = 5 * 86_400_000;
/** At a stop, attempts under way have this long to end; others are given back. */
const endWithinMs = 3000;

export function startWebhookSender(parts: WebhookSenderParts): () => Promise<void> {
  const { webhooks, log, pollMs = 1000 } = parts;
  const stop = new AbortController();
  const cut = new AbortController();
  const underWay = new Set<Promise<void>>();
  let wake = (): void => undefined;
  let calls = 0;
  const call = (): void => {
    calls++;
    wake();
  };

  const attempt = async (delivery: ClaimedDelivery, token: string): Promise<void> => {
    const claim = { id: delivery.id, token };
    const result = await sendWebhook(delivery, parts, cut.signal);
    if (cut.signal.aborted && result.responseStatus === null) {
      await webhooks.release(claim);
      return;
    }
    const verdict = judgeAttempt(result, delivery.attempts, Math.random());
    await webhooks.recordAttempt(claim, verdict, { disableAfterMs, ...at() });
    const { messageId, endpointId, attempts } = delivery;
    const { error, responseStatus, gone, status } = verdict;
    const line = { messageId, endpointId, attempts, responseStatus };
    if (error === null) log.debug(line, 'webhook delivered');
    else if (gone) log.warn(line, 'the receiver of a webhook is gone: its endpoint is disabled');
    else if (status === 'failed') log.warn({ ...line, error }, 'webhook given up');
    else log.info({ ...line, error }, 'webhook not accepted; it is tried again');
  };
  const at = (): { at?: Date } => (parts.clock === undefined ? {} : { at: parts.clock() });

  /** Takes what there is room for. Answers whether there may be more. */
  const round = async (): Promise<boolean> => {
    const limit = concurrency - underWay.size;
    if (limit === 0) return false;
    const token = newId('whd');
    const claimed = await webhooks.claimDue({ token, limit, perEndpoint, staleAfterMs, ...at() });
    for (const delivery of claimed) {
      const sending = attempt(delivery, token)
        .catch((err: unknown) =>
          log.warn(
            { err, messageId: delivery.messageId },
            'an attempt is not recorded, and made again later',
          ),
        )
        .finally(() => {
          underWay.delete(sending);
          call();
        });
      underWay.add(sending);
    }
    return claimed.length > 0;
  };

  const work = async (): Promise<void> => {
    const listening = await parts.notifications.listen('webhooks', call);
    while (!stop.signal.aborted) {
      const before = calls;
      const more = await round().catch((err: unknown) => {
        log.warn({ err }, 'webhooks are looked for again later');
        return false;
      });
      if (!more && calls === before) await quiet(pollMs);
    }
    await listening();
  };

  const quiet = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      if (stop.signal.aborted) {
        resolve();
        return;
      }
      const timer = setTimeout(resolve, milliseconds);
      wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });

  const working = work();
  return async () => {
    stop.abort();
    wake();
    await working;
    const timer = setTimeout(() => cut.abort(), endWithinMs);
    await Promise.all(underWay);
    clearTimeout(timer);
  };
}
