/**
 * What senders write of deliveries. A delivery is claimed with a token, and what came of the attempt is written only while
 * that token is still its own: of senders that race, one sends it; what a dead sender had claimed is claimed again.
 */
import type { ClaimedDelivery, WebhookRepository } from '../../domain/ports/webhook-repository.ts';
import { Prisma, type Connection, type PrismaClient } from './prisma.ts';
import { toSecrets } from './webhook-secrets.ts';

type Sending = Pick<WebhookRepository, 'claimDue' | 'recordAttempt' | 'release' | 'clean'>;

const goneReason = 'the receiver answered 410 Gone';
const failingReason = (days: number): string =>
  `nothing was accepted for ${days} ${days === 1 ? 'day' : 'days'}`;

/** The database's clock, unless a time is given. */
const clock = (at: Date | undefined): Prisma.Sql =>
  at === undefined ? Prisma.sql`now()` : Prisma.sql`${at}::timestamptz`;
const ms = (milliseconds: number): Prisma.Sql =>
  Prisma.sql`${milliseconds}::float8 * interval '1 millisecond'`;

/** What waits for the endpoint, also what is under way: its attempt may still succeed. */
export const discardPending = (connection: Connection, endpointId: string): Promise<unknown> =>
  connection.$executeRaw`
    UPDATE webhook_deliveries SET status = 'discarded', next_attempt_at = NULL
    WHERE endpoint_id = ${endpointId} AND status = 'pending'`;

export const webhookSending = (prisma: PrismaClient): Sending => ({
  claimDue: async ({ token, limit, perEndpoint, staleAfterMs, at }) => {
    const now = clock(at);
    const stale = Prisma.sql`${now} - ${ms(staleAfterMs)}`;
    // Endpoints in any order, so that none is always behind the same others.
    const rows = await prisma.$queryRaw<(Omit<ClaimedDelivery, 'secrets'> & { secrets: unknown })[]>`
      WITH due AS MATERIALIZED (
        SELECT delivery.id
        FROM (SELECT id, failing_since FROM webhook_endpoints WHERE disabled_at IS NULL ORDER BY random()) endpoint
        CROSS JOIN LATERAL (
          SELECT id FROM webhook_deliveries
          WHERE endpoint_id = endpoint.id AND status = 'pending' AND next_attempt_at <= ${now}
            AND (locked_at IS NULL OR locked_at < ${stale})
          ORDER BY next_attempt_at, id
          LIMIT greatest(0, CASE WHEN endpoint.failing_since IS NULL THEN ${perEndpoint}::bigint ELSE 1 END - (
            SELECT count(*) FROM webhook_deliveries busy
            WHERE busy.endpoint_id = endpoint.id AND busy.status = 'pending' AND busy.locked_at >= ${stale}))
          FOR UPDATE SKIP LOCKED
        ) delivery
        LIMIT ${limit}::bigint
      ), claimed AS (
        UPDATE webhook_deliveries SET lock_token = ${token}, locked_at = ${now}, last_attempt_at = ${now}, attempts = attempts + 1
        WHERE id IN (SELECT id FROM due)
        RETURNING id, message_id, endpoint_id, attempts
      )
      SELECT claimed.id, message.id AS "messageId", endpoint.id AS "endpointId", endpoint.url, endpoint.secrets, message.body, claimed.attempts
      FROM claimed JOIN webhook_messages message ON message.id = claimed.message_id
        JOIN webhook_endpoints endpoint ON endpoint.id = claimed.endpoint_id`;
    return rows.map((row) => ({ ...row, secrets: toSecrets(row.secrets) }));
  },

  recordAttempt: async ({ id, token }, verdict, { disableAfterMs, at }) =>
    prisma.$transaction(async (transaction) => {
      const now = clock(at);
      const delivery = await transaction.webhookDelivery.findUnique({
        where: { id },
        select: { endpointId: true },
      });
      if (delivery === null) return false;
      const { endpointId } = delivery;
      await transaction.$queryRaw`SELECT id FROM webhook_endpoints WHERE id = ${endpointId} FOR NO KEY UPDATE`;
      const { status, responseStatus, error, retryInMs, holdEndpointMs, gone } = verdict;
      const nextAttemptAt =
        retryInMs === null ? Prisma.sql`NULL::timestamptz` : Prisma.sql`${now} + ${ms(retryInMs)}`;
      // One that was discarded meanwhile stays so, unless it has arrived.
      const count = await transaction.$executeRaw`
        UPDATE webhook_deliveries SET
          status = CASE WHEN status = 'discarded' AND ${status} <> 'delivered' THEN status ELSE ${status}::webhook_delivery_status END,
          next_attempt_at = CASE WHEN status = 'discarded' THEN NULL ELSE ${nextAttemptAt} END,
          response_status = ${responseStatus}::int, error = ${error}::text, lock_token = NULL, locked_at = NULL
        WHERE id = ${id} AND lock_token = ${token}`;
      if (count === 0) return false;
      if (status === 'delivered') {
        await transaction.$executeRaw`
          UPDATE webhook_endpoints SET failing_since = NULL WHERE id = ${endpointId} AND failing_since IS NOT NULL`;
        return true;
      }
      await transaction.$executeRaw`
        UPDATE webhook_endpoints SET failing_since = ${now} WHERE id = ${endpointId} AND failing_since IS NULL`;
      if (holdEndpointMs !== null)
        await transaction.$executeRaw`
          UPDATE webhook_deliveries SET next_attempt_at = greatest(next_attempt_at, ${now} + ${ms(holdEndpointMs)})
          WHERE endpoint_id = ${endpointId} AND status = 'pending' AND lock_token IS NULL`;
      // Only where something was tried as often as can be: an endpoint that hears of little is not given up at its first word.
      const reason = gone ? goneReason : failingReason(Math.round(disableAfterMs / 86_400_000));
      const disabled =
        status !== 'failed'
          ? 0
          : await transaction.$executeRaw`
              UPDATE webhook_endpoints SET disabled_at = ${now}, disabled_reason = ${reason}, updated_at = now()
              WHERE id = ${endpointId} AND disabled_at IS NULL
                AND (${gone} OR failing_since <= ${now} - ${ms(disableAfterMs)})`;
      if (disabled > 0) await discardPending(transaction, endpointId);
      return true;
    }),

  release: async ({ id, token }) => {
    await prisma.$executeRaw`
      UPDATE webhook_deliveries SET lock_token = NULL, locked_at = NULL, attempts = greatest(0, attempts - 1)
      WHERE id = ${id} AND lock_token = ${token}`;
  },

  clean: async (before) => {
    await prisma.$executeRaw`
      UPDATE webhook_deliveries delivery SET status = 'discarded', next_attempt_at = NULL
      FROM webhook_endpoints endpoint
      WHERE endpoint.id = delivery.endpoint_id AND endpoint.disabled_at IS NOT NULL AND delivery.status = 'pending'`;
    return prisma.$executeRaw`
      DELETE FROM webhook_messages message WHERE created_at < ${before} AND NOT EXISTS (
        SELECT 1 FROM webhook_deliveries delivery WHERE delivery.message_id = message.id AND delivery.status = 'pending')`;
  },
});
