/** What is sent, to whom, how often and until when: real PostgreSQL, Redis and HTTP. Time passes in the database, not here. */
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeSecret, rotateSecrets } from '../../domain/webhooks/secret.ts';
import type { WebhookDelivery, WebhookEndpoint } from '../../domain/webhooks/webhook.ts';
import { connectDatabase, type Database } from '../../platform/postgres/database.ts';
import { openNotifications } from '../../platform/queue/notifications.ts';
import { freshDatabase, freshRedis } from '../../test/support/backing-services.ts';
import { readyDataset } from '../../test/support/records.ts';
import { sendWebhook } from './send-webhook.ts';
import { startReceiver, type Receiver } from './testing/receiver.ts';
import { startWebhookSender, type WebhookSenderParts } from './webhook-sender.ts';

const secret = makeSecret(Buffer.alloc(24, 7).toString('base64'));
const log = pino({ level: 'silent' });
const patience = { timeout: 15_000, interval: 20 };

let database: Database;
let other: Database;
let tables: pg.Client;
let notifications: ReturnType<typeof openNotifications>;
let receiver: Receiver;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const url = await freshDatabase();
  [database, other] = [connectDatabase(url), connectDatabase(url)];
  tables = new pg.Client({ connectionString: url });
  await tables.connect();
  notifications = openNotifications(await freshRedis(), { report: () => undefined });
});
afterAll(async () => {
  await Promise.all([database.close(), other.close(), notifications.close(), tables.end()]);
});
beforeEach(async () => {
  await tables.query('DELETE FROM webhook_endpoints');
  await tables.query('DELETE FROM webhook_messages');
  receiver = await startReceiver();
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await receiver.close();
});

function startSender(parts: Partial<WebhookSenderParts> = {}): () => Promise<void> {
  const stop = startWebhookSender({
    webhooks: database.webhooks,
    notifications,
    log,
    allowPrivate: true,
    userAgent: 'unroll/test',
    pollMs: 20,
    ...parts,
  });
  stops.push(stop);
  return stop;
}

const createEndpoint = (path = '', url = receiver.url): Promise<WebhookEndpoint> =>
  database.webhooks.createEndpoint({ url: url + path, description: null, types: [], secret });

const deliveries = async ({ id }: WebhookEndpoint): Promise<readonly WebhookDelivery[]> =>
  (await database.webhooks.listDeliveries(id, { limit: 100 })).data;

/** Whatever waits is due now. */
const timePasses = (): Promise<unknown> =>
  tables.query(`UPDATE webhook_deliveries SET next_attempt_at = now() WHERE status = 'pending'`);

/** What the only delivery has come to, when it has come to that. */
const delivered = (endpoint: WebhookEndpoint, expected: Partial<WebhookDelivery>): Promise<void> =>
  vi.waitFor(
    async () => expect(await deliveries(endpoint)).toEqual([expect.objectContaining(expected)]),
    patience,
  );

const disabled = (endpoint: WebhookEndpoint, reason: RegExp): Promise<void> =>
  vi.waitFor(async () => {
    const row = await database.webhooks.findEndpoint(endpoint.id);
    expect(row?.disabledReason).toMatch(reason);
    expect(row?.disabledAt).toBeInstanceOf(Date);
  }, patience);

describe('sending', () => {
  it('sends what happened, signed, and once though senders race', async () => {
    const endpoint = await createEndpoint();
    const datasets = await Promise.all(Array.from({ length: 20 }, () => readyDataset(database)));
    startSender();
    startSender({ webhooks: other.webhooks });
    await vi.waitFor(async () => {
      const all = await deliveries(endpoint);
      expect(all.filter(({ status }) => status === 'delivered')).toHaveLength(20);
    }, patience);
    const told = receiver.received.map(
      (webhook) => webhook.verify(secret) as { type: string; data: { id: string } },
    );
    expect(told.map(({ type }) => type)).toEqual(Array(20).fill('dataset.ready'));
    expect(told.map(({ data }) => data.id).sort()).toEqual(datasets.map(({ id }) => id).sort());
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(20);
    expect(receiver.received[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'unroll/test',
    });
  });

  it('works without Redis', async () => {
    const away = openNotifications('redis://127.0.0.1:1', { report: () => undefined });
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    const stop = startSender({ notifications: away });
    await delivered(endpoint, { status: 'delivered', type: 'webhook.test', responseStatus: 204 });
    await stop();
    await away.close();
  });

  it('is woken by a notification', async () => {
    const endpoint = await createEndpoint();
    startSender({ pollMs: 3_600_000 });
    await database.webhooks.sendTest(endpoint.id);
    await vi.waitFor(async () => {
      await notifications.notify('webhooks');
      expect(receiver.received).toHaveLength(1);
    }, patience);
  });

  it('signs with each secret that is valid', async () => {
    const endpoint = await createEndpoint();
    const next = makeSecret(Buffer.alloc(32, 9).toString('base64'));
    await database.webhooks.changeSecrets(endpoint.id, (secrets) =>
      rotateSecrets(secrets, next, new Date(), 60_000),
    );
    await database.webhooks.sendTest(endpoint.id);
    startSender();
    await delivered(endpoint, { status: 'delivered' });
    const [webhook] = receiver.received;
    expect(String(webhook?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(webhook?.verify(secret)).toMatchObject({ type: 'webhook.test' });
    expect(webhook?.verify(next)).toMatchObject({ type: 'webhook.test' });
    expect(() => webhook?.verify(makeSecret(Buffer.alloc(24, 1).toString('base64')))).toThrow(/signature/);
  });

  it('sends again, by the same id, what a process that died had sent and not recorded', async () => {
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    // The dead process: it claims and sends, and then nothing.
    const limits = { limit: 1, perEndpoint: 1, staleAfterMs: 60_000 };
    const [claim] = await other.webhooks.claimDue({ token: 'dead', ...limits });
    await sendWebhook(claim!, { allowPrivate: true, userAgent: 'dead' }, new AbortController().signal);
    startSender();
    expect(await database.webhooks.claimDue({ token: 'second', ...limits })).toEqual([]);
    await tables.query(`UPDATE webhook_deliveries SET locked_at = now() - interval '10 minutes'`);
    await delivered(endpoint, { status: 'delivered', attempts: 2 });
    expect(receiver.received.map(({ id }) => id)).toEqual([claim!.messageId, claim!.messageId]);
    expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body);
    // It wakes up: its word counts no more.
    const late = { status: 'failed', responseStatus: 500, error: 'late' } as const;
    const verdict = { ...late, retryInMs: null, holdEndpointMs: null, gone: true };
    expect(
      await other.webhooks.recordAttempt({ id: claim!.id, token: 'dead' }, verdict, { disableAfterMs: 1 }),
    ).toBe(false);
    expect((await database.webhooks.findEndpoint(endpoint.id))?.disabledAt).toBeNull();
  });

  it('gives back what is under way when it stops', async () => {
    receiver.answer = () => undefined;
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    const stop = startSender();
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1), patience);
    await stop();
    expect(await deliveries(endpoint)).toMatchObject([{ status: 'pending', attempts: 0 }]);
    receiver.answer = (response) => response.writeHead(200).end();
    startSender();
    await delivered(endpoint, { status: 'delivered', attempts: 1 });
  });
});

describe('receivers that fail', () => {
  it('are tried again after the time of the schedule, until they accept', async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    startSender();
    await delivered(endpoint, { status: 'pending', attempts: 1, responseStatus: 500 });
    const [first] = await deliveries(endpoint);
    const waits = first!.nextAttemptAt!.getTime() - first!.lastAttemptAt!.getTime();
    expect(waits).toBeGreaterThanOrEqual(5000);
    expect((await database.webhooks.findEndpoint(endpoint.id))?.failingSince).toBeInstanceOf(Date);
    await timePasses();
    await vi.waitFor(async () => {
      const [second] = await deliveries(endpoint);
      expect(second).toMatchObject({ status: 'pending', attempts: 2 });
      // While it is under way, it is the other way round.
      expect(second!.nextAttemptAt!.getTime()).toBeGreaterThan(second!.lastAttemptAt!.getTime());
    }, patience);
    receiver.answer = (response) => response.writeHead(202).end();
    await timePasses();
    await delivered(endpoint, { status: 'delivered', attempts: 3, responseStatus: 202, error: null });
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    expect((await database.webhooks.findEndpoint(endpoint.id))?.failingSince).toBeNull();
  });

  it.each([429, 503])('are left alone for as long as they ask with %i', async (status) => {
    receiver.answer = (response) => response.writeHead(status, { 'retry-after': '7200' }).end();
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    startSender();
    await delivered(endpoint, { status: 'pending', attempts: 1, responseStatus: status });
    const [delivery] = await deliveries(endpoint);
    const waits = delivery!.nextAttemptAt!.getTime() - delivery!.lastAttemptAt!.getTime();
    expect(waits).toBeGreaterThanOrEqual(7_200_000);
  });

  it('are disabled by 410, and get nothing more', async () => {
    receiver.answer = (response) => response.writeHead(410).end();
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    startSender();
    await disabled(endpoint, /410/);
    await readyDataset(database);
    expect(await deliveries(endpoint)).toMatchObject([{ status: 'failed', responseStatus: 410 }]);
  });

  it('are given up at the end of the schedule, and disabled after five days of failures only', async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    await tables.query('UPDATE webhook_deliveries SET attempts = 9');
    startSender();
    await delivered(endpoint, { status: 'failed', attempts: 10, nextAttemptAt: null });
    expect((await database.webhooks.findEndpoint(endpoint.id))?.disabledAt).toBeNull();

    await tables.query(`UPDATE webhook_endpoints SET failing_since = now() - interval '5 days 1 minute'`);
    const last = await database.webhooks.sendTest(endpoint.id);
    await vi.waitFor(async () => {
      await tables.query(
        `UPDATE webhook_deliveries SET attempts = 9, next_attempt_at = now() WHERE id = $1 AND lock_token IS NULL AND status = 'pending'`,
        [last!.id],
      );
      expect((await database.webhooks.findEndpoint(endpoint.id))?.disabledAt).toBeInstanceOf(Date);
    }, patience);
    await disabled(endpoint, /5 days/);
  });

  it('are not followed where they redirect to', async () => {
    const target = await startReceiver();
    receiver.answer = (response) => response.writeHead(307, { location: target.url }).end();
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    startSender();
    await delivered(endpoint, {
      status: 'pending',
      responseStatus: 307,
      error: expect.stringMatching(/redirect/) as string,
    });
    expect(target.received).toEqual([]);
    await target.close();
  });

  it('hold up nobody else when they hang', async () => {
    const hanging = await startReceiver();
    hanging.answer = () => undefined;
    const slow = await createEndpoint('', hanging.url);
    const quick = await createEndpoint();
    for (let count = 0; count < 12; count++) await readyDataset(database);
    startSender({ timeoutMs: 60_000 });
    await vi.waitFor(async () => {
      expect((await deliveries(quick)).filter(({ status }) => status === 'delivered')).toHaveLength(12);
    }, patience);
    expect(hanging.received.length).toBeLessThanOrEqual(4);
    expect((await deliveries(slow)).every(({ status }) => status === 'pending')).toBe(true);
    await hanging.close();
  });

  it('are not waited for longer than the time of an attempt', async () => {
    receiver.answer = () => undefined;
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    startSender({ timeoutMs: 50 });
    await delivered(endpoint, {
      status: 'pending',
      attempts: 1,
      error: expect.stringMatching(/within 50 ms/) as string,
    });
  });

  it('are not read to the end of an answer without end', async () => {
    receiver.answer = (response) => {
      const more = (): void => {
        while (response.writable && response.write(Buffer.alloc(64 * 1024)));
      };
      response.writeHead(200).on('drain', more);
      more();
    };
    const endpoint = await createEndpoint();
    await database.webhooks.sendTest(endpoint.id);
    startSender();
    await delivered(endpoint, { status: 'delivered', responseStatus: 200 });
  });

  it('are refused at private addresses', async () => {
    const endpoint = await createEndpoint('', receiver.url.replace('http:', 'https:'));
    await database.webhooks.sendTest(endpoint.id);
    startSender({ allowPrivate: false });
    await delivered(endpoint, {
      status: 'pending',
      attempts: 1,
      responseStatus: null,
      error: expect.stringMatching(/^expected a public address, got 127/) as string,
    });
    expect(receiver.received).toEqual([]);
  });
});
