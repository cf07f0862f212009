import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import type { Problem } from '../../../http/problem.ts';
import type {
  WebhookDeliveryResource,
  WebhookEndpointResource,
  WebhookEndpointWithSecret,
} from './schemas.ts';

let service: HttpService;
beforeAll(async () => {
  service = await startHttpService();
});
afterAll(() => service.close());

const path = '/v1/webhook-endpoints';
const url = 'https://example.com/hooks';
const api = () => request(service.url);
const create = async (body: object = {}): Promise<WebhookEndpointWithSecret> =>
  (
    await api()
      .post(path)
      .send({ url, ...body })
      .expect(201)
  ).body as WebhookEndpointWithSecret;
const problem = (response: { body: unknown }) => response.body as Problem;
const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
const nobody = 'whe_00000000000000000000000000000000';
const deliveries = async (id: string, query = '') =>
  (
    (await api().get(`${path}/${id}/deliveries${query}`).expect(200)).body as {
      data: WebhookDeliveryResource[];
    }
  ).data;

describe('POST /v1/webhook-endpoints', () => {
  it('answers 201 with the address and a secret, which no later answer has', async () => {
    const response = await api().post(path).send({ url: 'https://example.com' }).expect(201);
    const { secret, ...endpoint } = response.body as WebhookEndpointWithSecret;
    expect(response.headers.location).toBe(`${path}/${endpoint.id}`);
    expect(endpoint).toMatchObject({
      id: expect.stringMatching(/^whe_[0-9a-f]{32}$/) as string,
      url: 'https://example.com/',
      description: null,
      types: [],
      enabled: true,
    });
    expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
    expect((await api().get(`${path}/${endpoint.id}`).expect(200)).body).toEqual(endpoint);
    const list = (await api().get(path).expect(200)).body as { data: WebhookEndpointResource[] };
    expect(list.data[0]).toEqual(endpoint);
  });

  it('takes a filter, a description and a secret of 24 to 64 bytes', async () => {
    const types = ['dataset.ready', 'dataset.ready', 'training_job.failed'];
    for (const bytes of [24, 32, 63, 64]) {
      const secret = secretOf(bytes);
      expect(await create({ types, description: 'Mine.', secret })).toMatchObject({
        types: ['dataset.ready', 'training_job.failed'],
        description: 'Mine.',
        secret,
      });
    }
  });

  type Case = [body: object, pointer: string, message: unknown];
  const privateHost = (host: string): Case => [
    { url: `https://${host}/hooks` },
    '/url',
    expect.stringMatching(/^expected a public address/) as string,
  ];
  it.each<Case>([
    [{ url: undefined }, '/url', expect.any(String)],
    [{ url: 7 }, '/url', expect.stringMatching(/got 7$/)],
    [{ url: 'hooks' }, '/url', 'expected a URL that starts with https://, got something else'],
    [
      { url: 'http://example.com' },
      '/url',
      'expected a URL that starts with https://, got one that starts with http:',
    ],
    [{ url: 'file:///etc/passwd' }, '/url', expect.stringMatching(/starts with file:$/)],
    [{ url: 'https://me:secret@example.com' }, '/url', 'expected a URL without user name and password'],
    [{ url: 'https://example.com/#here' }, '/url', 'expected a URL without a fragment (#…)'],
    ...[
      '127.0.0.1',
      '10.0.0.1',
      '169.254.169.254',
      '[::1]',
      '[::ffff:10.0.0.1]',
      '2130706433',
      'localhost',
    ].map(privateHost),
    [{ types: 'dataset.ready' }, '/types', expect.stringMatching(/^expected a list/)],
    [
      { types: ['dataset.gone'] },
      '/types/0',
      expect.stringMatching(/^expected one of .*got "dataset.gone"$/),
    ],
    [{ description: 'a\0b' }, '/description', expect.any(String)],
    [{ secrets: [] }, '/secrets', expect.stringMatching(/^unknown field "secrets"/)],
    ...[
      '',
      'whsec_',
      secretOf(23),
      secretOf(65),
      secretOf(66),
      `${secretOf(32)}!`,
      secretOf(32).slice(6),
    ].map((secret): Case => [{ secret }, '/secret', 'expected whsec_ and the base64 of 24 to 64 bytes']),
  ])('refuses %j with a pointer', async (body, pointer, message) => {
    const response = await api()
      .post(path)
      .send({ url, ...body })
      .expect(422);
    expect(problem(response)).toMatchObject({ code: 'validation_failed' });
    expect(problem(response).errors).toEqual([{ pointer, message }]);
  });

  it('tells of everything that is wrong, and never repeats a secret', async () => {
    const secret = 'whsec_not-long-enough';
    const response = await api().post(path).send({ url: 'ftp://example.com', secret }).expect(422);
    expect(problem(response).errors.map(({ pointer }) => pointer)).toEqual(['/url', '/secret']);
    expect(response.text).not.toContain('not-long-enough');
  });

  it('keeps a NUL out of the database', async () => {
    expect((await create({ url: 'https://example.com/a\0b' })).url).toBe('https://example.com/a%00b');
  });

  it('makes one endpoint for an Idempotency-Key, also when the first answer was never given', async () => {
    const key = 'register-once';
    const send = () => api().post(path).set('idempotency-key', key).send({ url });
    const first = await send().expect(201);
    const again = await send().expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');

    // A process that dies between the transaction and its answer leaves what it made beside the key.
    const body = { url, description: 'once' };
    const sendDied = () => api().post(path).set('idempotency-key', 'died').send(body);
    const { webhooks } = service.database;
    const alive = { ...webhooks };
    webhooks.createEndpoint = async (...asked) => {
      await alive.createEndpoint(...asked);
      throw new Error('died');
    };
    await sendDied().expect(500);
    webhooks.createEndpoint = (...asked) => alive.createEndpoint(...asked);
    const answered = await sendDied().expect(201);
    const { data } = (await api().get(`${path}?limit=100`)).body as { data: WebhookEndpointResource[] };
    expect(data.filter(({ description }) => description === 'once').map(({ id }) => id)).toEqual([
      (answered.body as WebhookEndpointResource).id,
    ]);
  });
});

describe('an endpoint', () => {
  it('is changed, disabled, enabled and deleted', async () => {
    const { id } = await create({ description: 'old' });
    const change = (body: object) => api().patch(`${path}/${id}`).send(body);
    const changed = await change({
      url: 'https://example.org/x',
      types: ['dataset.ready'],
      description: null,
    });
    expect(changed.body).toMatchObject({
      url: 'https://example.org/x',
      types: ['dataset.ready'],
      description: null,
    });
    expect(changed.body).not.toHaveProperty('secret');
    expect((await change({ enabled: false })).body).toMatchObject({
      url: 'https://example.org/x',
      enabled: false,
      disabled_at: expect.any(String) as string,
      disabled_reason: 'disabled by request',
    });
    for (const action of ['test', 'deliveries/whd_0/replay'])
      expect(problem(await api().post(`${path}/${id}/${action}`).expect(409)).code).toBe('conflict');
    await api().post(`${path}/${id}/replay`).send({ since: '2026-01-01T00:00:00Z' }).expect(409);
    expect((await change({ enabled: true })).body).toMatchObject({ enabled: true, disabled_at: null });
    const refused = await change({ url: 'https://10.1.2.3/', types: [] }).expect(422);
    expect(problem(refused).errors[0]?.pointer).toBe('/url');
    await change({ secret: secretOf(32) }).expect(422);
    await api().delete(`${path}/${id}`).expect(204);
    await api().delete(`${path}/${id}`).expect(404);
    await api().get(`${path}/${id}`).expect(404);
  });

  it('is 404 when there is none', async () => {
    for (const id of [nobody, 'whe_%00', 'job_1']) {
      const at = `${path}/${id}`;
      for (const asked of [
        api().get(at),
        api().patch(at).send({ enabled: true }),
        api().delete(at),
        api().post(`${at}/rotate-secret`),
        api().post(`${at}/test`),
        api().get(`${at}/deliveries`),
        api().post(`${at}/deliveries/whd_0/replay`),
        api().post(`${at}/replay`).send({ since: '2026-01-01T00:00:00Z' }),
      ])
        expect(problem(await asked.expect(404)).code).toBe('not_found');
    }
  });

  it('gets a new secret, and the old one is valid for a day', async () => {
    const { id, secret } = await create();
    const rotated = (await api().post(`${path}/${id}/rotate-secret`).expect(200))
      .body as WebhookEndpointWithSecret;
    expect(rotated.secret).not.toBe(secret);
    const hours = (Date.parse(rotated.old_secret_until!) - Date.parse(rotated.updated_at)) / 3_600_000;
    expect(hours).toBeCloseTo(24, 1);
    const endpoint = await service.database.webhooks.findEndpoint(id);
    expect(endpoint?.secrets.map((one) => one.secret)).toEqual([rotated.secret, secret]);
  });
});

describe('deliveries', () => {
  it('are made by a test, listed by status, and sent once more', async () => {
    const { id } = await create({ types: ['dataset.ready'] });
    const sent = (await api().post(`${path}/${id}/test`).expect(202)).body as WebhookDeliveryResource;
    expect(sent).toMatchObject({ endpoint_id: id, type: 'webhook.test', status: 'pending', attempts: 0 });
    expect(await deliveries(id)).toEqual([sent]);
    expect(await deliveries(id, '?status=pending')).toEqual([sent]);
    expect(await deliveries(id, '?status=delivered')).toEqual([]);
    const again = await api().post(`${path}/${id}/deliveries/${sent.id}/replay`).expect(202);
    expect(again.body).toMatchObject({ id: sent.id, message_id: sent.message_id, status: 'pending' });
    await api().post(`${path}/${id}/deliveries/whd_unknown/replay`).expect(404);
    const other = await create();
    await api().post(`${path}/${other.id}/deliveries/${sent.id}/replay`).expect(404);
    await api().get(`${path}/${id}/deliveries?status=lost`).expect(400);
  });

  it('are made for what was missed', async () => {
    const dataset = await service.dataset('a\n1\n2\n');
    const { id } = await create({ types: ['dataset.ready'] });
    const replay = (since: unknown) => api().post(`${path}/${id}/replay`).send({ since });
    const since = new Date(dataset.createdAt.getTime() - 60_000).toISOString();
    const { deliveries: count } = (await replay(since).expect(202)).body as { deliveries: number };
    expect(count).toBeGreaterThanOrEqual(1);
    expect(await deliveries(id)).toHaveLength(count);
    // What waits already is not written a second time.
    expect((await replay(since).expect(202)).body).toEqual({ deliveries: 0 });
    expect((await replay('0000-01-01T00:00:00Z').expect(202)).body).toEqual({ deliveries: 0 });
    for (const bad of ['yesterday', 7, undefined, '2026-02-30T25:00:00Z'])
      expect(problem(await replay(bad).expect(422)).errors[0]?.pointer).toBe('/since');
  });
});
