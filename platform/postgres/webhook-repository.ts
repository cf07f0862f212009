/** Webhook endpoints in PostgreSQL, and what clients ask of their deliveries. What senders write is in webhook-sending.ts. */
import type { WebhookRepository } from '../../domain/ports/webhook-repository.ts';
import { testMessage } from '../../domain/webhooks/messages.ts';
import { WebhookType, type WebhookDelivery, type WebhookEndpoint } from '../../domain/webhooks/webhook.ts';
import { newId } from '../ids.ts';
import type * as Tables from './generated/client.ts';
import { noteResource } from './idempotency-repository.ts';
import { emptyPage, isStorable, newestFirst, pageOf, pageWhere } from './pages.ts';
import { Prisma, type Connection, type PrismaClient } from './prisma.ts';
import { storedSecrets, toSecrets } from './webhook-secrets.ts';
import { writeDeliveries, writeMessage } from './webhook-outbox.ts';
import { discardPending, webhookSending } from './webhook-sending.ts';

const everyType = WebhookType.anyOf.map((option) => option.const);

export const webhookRepository = (prisma: PrismaClient): WebhookRepository => ({
  ...webhookSending(prisma),

  createEndpoint: ({ secret, types, ...endpoint }, claim) =>
    prisma.$transaction(async (transaction) => {
      const secrets = storedSecrets([{ secret, expiresAt: null }]);
      const data = { id: newId('whe'), ...endpoint, types: [...types], secrets };
      await noteResource(transaction, claim, data.id);
      return toEndpoint(await transaction.webhookEndpoint.create({ data }));
    }),

  findEndpoint: async (id) => {
    const row = isStorable(id) ? await prisma.webhookEndpoint.findUnique({ where: { id } }) : null;
    return row && toEndpoint(row);
  },

  listEndpoints: async ({ limit, ...page }) => {
    if (!isStorable(page.after)) return emptyPage;
    const where = pageWhere({ limit, ...page });
    const rows = await prisma.webhookEndpoint.findMany({ where, orderBy: newestFirst, take: limit + 1 });
    return pageOf(rows, limit, toEndpoint);
  },

  updateEndpoint: async (id, { enabled, types, ...change }) =>
    prisma.$transaction(async (transaction) => {
      const before = await lockEndpoint(transaction, id);
      if (before === null) return null;
      const isEnabled = before.disabledAt === null;
      if (enabled === false) await discardPending(transaction, id);
      const row = await transaction.webhookEndpoint.update({
        where: { id },
        data: {
          ...change,
          ...(types !== undefined && { types: [...types] }),
          ...(enabled === true &&
            !isEnabled && { disabledAt: null, disabledReason: null, failingSince: null }),
          ...(enabled === false &&
            isEnabled && { disabledAt: new Date(), disabledReason: 'disabled by request' }),
        },
      });
      return toEndpoint(row);
    }),

  changeSecrets: async (id, change) =>
    prisma.$transaction(async (transaction) => {
      const before = await lockEndpoint(transaction, id);
      if (before === null) return null;
      const secrets = storedSecrets(change(toSecrets(before.secrets)));
      return toEndpoint(await transaction.webhookEndpoint.update({ where: { id }, data: { secrets } }));
    }),

  deleteEndpoint: async (id) => {
    if (!isStorable(id)) return false;
    const { count } = await prisma.webhookEndpoint.deleteMany({ where: { id } });
    return count === 1;
  },

  sendTest: async (endpointId) =>
    prisma.$transaction(async (transaction) => {
      const endpoint = await lockEndpoint(transaction, endpointId);
      if (endpoint === null || endpoint.disabledAt !== null) return null;
      const messageId = await writeMessage(transaction, testMessage(endpointId));
      await writeDeliveries(transaction, messageId, [endpointId]);
      const row = await transaction.webhookDelivery.findFirstOrThrow({
        where: { messageId },
        include: { message: { select: { type: true } } },
      });
      return toDelivery(row);
    }),

  listDeliveries: async (endpointId, { limit, status, ...page }) => {
    if (!isStorable(page.after)) return emptyPage;
    const where = { endpointId, ...pageWhere({ limit, ...page }), ...(status !== undefined && { status }) };
    const rows = await prisma.webhookDelivery.findMany({
      where,
      orderBy: newestFirst,
      take: limit + 1,
      include: { message: { select: { type: true } } },
    });
    return pageOf(rows, limit, toDelivery);
  },

  replay: async (endpointId, id) => {
    if (!isStorable(endpointId) || !isStorable(id)) return null;
    return prisma.$transaction(async (transaction) => {
      const count = await transaction.$executeRaw`
        UPDATE webhook_deliveries SET ${fromTheStart} WHERE id = ${id} AND endpoint_id = ${endpointId}`;
      if (count === 0) return null;
      const include = { message: { select: { type: true } } } as const;
      return toDelivery(await transaction.webhookDelivery.findUniqueOrThrow({ where: { id }, include }));
    });
  },

  replaySince: async (endpointId, since) =>
    prisma.$transaction(async (transaction) => {
      const endpoint = await lockEndpoint(transaction, endpointId);
      if (endpoint === null) return 0;
      const again = await transaction.$executeRaw`
        UPDATE webhook_deliveries delivery SET ${fromTheStart}
        FROM webhook_messages message
        WHERE message.id = delivery.message_id AND delivery.endpoint_id = ${endpointId}
          AND message.created_at >= ${since} AND delivery.status IN ('failed', 'discarded')`;
      const missed = await transaction.$queryRaw<{ id: string }[]>`
        SELECT message.id FROM webhook_messages message
        WHERE message.created_at >= ${since}
          AND message.type = ANY(${endpoint.types.length === 0 ? everyType : endpoint.types})
          AND NOT EXISTS (
            SELECT 1 FROM webhook_deliveries delivery
            WHERE delivery.message_id = message.id AND delivery.endpoint_id = ${endpointId})
        ORDER BY message.id FOR KEY SHARE OF message`;
      for (const { id } of missed) await writeDeliveries(transaction, id, [endpointId]);
      return again + missed.length;
    }),
});

const fromTheStart = Prisma.sql`status = 'pending', attempts = 0, next_attempt_at = now(), lock_token = NULL, locked_at = NULL`;

/** Endpoints are locked before their deliveries, by everyone. */
async function lockEndpoint(connection: Connection, id: string): Promise<Tables.WebhookEndpoint | null> {
  if (!isStorable(id)) return null;
  await connection.$queryRaw`SELECT id FROM webhook_endpoints WHERE id = ${id} FOR NO KEY UPDATE`;
  return connection.webhookEndpoint.findUnique({ where: { id } });
}

const toEndpoint = (row: Tables.WebhookEndpoint): WebhookEndpoint => ({
  ...row,
  types: row.types as WebhookType[],
  secrets: toSecrets(row.secrets),
});

function toDelivery({
  message,
  ...row
}: Tables.WebhookDelivery & { message: { type: string } }): WebhookDelivery {
  return {
    id: row.id,
    messageId: row.messageId,
    endpointId: row.endpointId,
    type: message.type,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.nextAttemptAt,
    lastAttemptAt: row.lastAttemptAt,
    responseStatus: row.responseStatus,
    error: row.error,
    createdAt: row.createdAt,
  };
}
