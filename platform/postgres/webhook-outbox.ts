/**
 * The transactional outbox: what happened is written as a message, with a delivery for each endpoint that wants it, in the
 * transaction in which it happens. So there is one message for it, or it did not happen.
 */
import { messageBody, type NewMessage } from '../../domain/webhooks/messages.ts';
import { newId } from '../ids.ts';
import type { Connection } from './prisma.ts';

export async function announce(connection: Connection, message: NewMessage | null): Promise<void> {
  if (message === null) return;
  const messageId = await writeMessage(connection, message);
  // Held against deletion until the end of the transaction: an endpoint that goes away must not undo what happened.
  const endpoints = await connection.$queryRaw<{ id: string }[]>`
    SELECT id FROM webhook_endpoints
    WHERE disabled_at IS NULL AND (cardinality(types) = 0 OR ${message.type} = ANY(types))
    ORDER BY id FOR KEY SHARE`;
  if (endpoints.length === 0) return;
  await writeDeliveries(
    connection,
    messageId,
    endpoints.map(({ id }) => id),
  );
}

/** Its id. */
export async function writeMessage(connection: Connection, message: NewMessage<string>): Promise<string> {
  const id = newId('msg');
  const createdAt = new Date();
  const body = messageBody(message, createdAt);
  await connection.webhookMessage.create({ data: { id, type: message.type, body, createdAt } });
  return id;
}

/** Due at once, by the database's clock. */
export async function writeDeliveries(
  connection: Connection,
  messageId: string,
  endpointIds: readonly string[],
): Promise<void> {
  const ids = endpointIds.map(() => newId('whd'));
  await connection.$executeRaw`
    INSERT INTO webhook_deliveries (id, message_id, endpoint_id, next_attempt_at)
    SELECT pair.id, ${messageId}, pair.endpoint_id, now() FROM unnest(${ids}::text[], ${endpointIds}::text[]) AS pair (id, endpoint_id)`;
}
