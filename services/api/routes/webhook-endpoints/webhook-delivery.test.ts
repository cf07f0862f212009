/** From the request for an endpoint to what its receiver verifies: real HTTP, PostgreSQL and Redis all the way. */
import { pino } from 'pino';
import request from 'supertest';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { refuseUrl } from '../../../../platform/network/public-address.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { startReceiver, type Receiver } from '../../../../workers/webhooks/testing/receiver.ts';
import { startWebhookSender } from '../../../../workers/webhooks/webhook-sender.ts';
import type { WebhookDeliveryResource, WebhookEndpointWithSecret } from './schemas.ts';

let service: HttpService;
let receiver: Receiver;
let stopSender: () => Promise<void>;
beforeAll(async () => {
  service = await startHttpService({ refuseWebhookUrl: (url) => refuseUrl(url, { allowPrivate: true }) });
  receiver = await startReceiver();
  stopSender = startWebhookSender({
    webhooks: service.database.webhooks,
    notifications: service.parts.notifications,
    log: pino({ level: 'silent' }),
    allowPrivate: true,
    userAgent: 'unroll/test',
  });
});
afterAll(async () => {
  await stopSender();
  await Promise.all([receiver.close(), service.close()]);
});

const patience = { timeout: 30_000, interval: 20 };

it('tells a registered endpoint that a dataset is ready, and signs with both secrets after a rotation', async () => {
  const api = request(service.url);
  const path = '/v1/webhook-endpoints';
  const created = await api
    .post(path)
    .send({ url: receiver.url, types: ['dataset.ready'] })
    .expect(201);
  const { id, secret } = created.body as WebhookEndpointWithSecret;
  const dataset = await service.dataset('a\n1\n2\n', 'told');
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1), patience);
  expect(receiver.received[0]!.verify(secret)).toMatchObject({
    type: 'dataset.ready',
    data: { id: dataset.id, name: 'told', status: 'ready', row_count: 2 },
  });

  await vi.waitFor(async () => {
    const response = await api.get(`${path}/${id}/deliveries?status=delivered`).expect(200);
    expect((response.body as { data: WebhookDeliveryResource[] }).data).toMatchObject([
      { message_id: receiver.received[0]!.id, type: 'dataset.ready', attempts: 1, response_status: 204 },
    ]);
  }, patience);

  const rotated = (await api.post(`${path}/${id}/rotate-secret`).expect(200))
    .body as WebhookEndpointWithSecret;
  await api.post(`${path}/${id}/test`).expect(202);
  await vi.waitFor(() => expect(receiver.received).toHaveLength(2), patience);
  for (const signedWith of [secret, rotated.secret])
    expect(receiver.received[1]!.verify(signedWith)).toMatchObject({ type: 'webhook.test', data: { id } });
}, 90_000);
