import { connect } from 'node:net';
import { once } from 'node:events';
import { pino } from 'pino';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newRequestId } from '../../platform/ids.ts';
import { connectDatabase } from '../../platform/postgres/database.ts';
import { createMetricsRegistry } from '../../platform/telemetry/metrics.ts';
import type { Dataset } from '../../domain/datasets/dataset.ts';
import { dailyCsv, smallJob } from '../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../test/support/http-service.ts';
import type { Problem } from './problem.ts';
import { createHttpServer } from './server.ts';

let service: HttpService;
let dataset: Dataset;
const api = () => request(service.url);
let keys = 0;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const newKey = (): string => `test-${++keys}`;

beforeAll(async () => {
  service = await startHttpService();
  dataset = await service.dataset(dailyCsv(200));
});
afterAll(() => service.close());

const postJob = (key: string, body: object = smallJob(dataset.id)) =>
  api().post('/v1/training-jobs').set('idempotency-key', key).send(body);
const jobs = async (): Promise<number> =>
  (await service.database.trainingJobs.list({ limit: 100 })).data.length;
const problem = (response: { body: unknown }) => response.body as Problem;
const idOf = (response: { body: unknown }) => (response.body as { id: string }).id;

describe('a request that is sent again with its key', () => {
  it('gets the first answer, and is not carried out again', async () => {
    const key = newKey();
    const before = await jobs();
    const first = await postJob(key).expect(202);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    await api()
      .post(`/v1/training-jobs/${idOf(first)}/cancel`)
      .expect(200);
    const second = await postJob(key).expect(202);
    expect(second.text).toBe(first.text);
    expect(second.headers).toMatchObject({
      'idempotency-replayed': 'true',
      location: first.headers.location,
      'content-type': first.headers['content-type'],
    });
    expect(await jobs()).toBe(before + 1);
  });

  it('gets the first error, too', async () => {
    const key = newKey();
    const wrong = { ...smallJob(dataset.id), model: { cell: 'transformer' } };
    const first = await postJob(key, wrong).expect(422);
    const second = await postJob(key, wrong).expect(422);
    expect(second.text).toBe(first.text);
    expect(second.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(second.headers['idempotency-replayed']).toBe('true');
  });

  it('may have no body', async () => {
    const id = idOf(await postJob(newKey()).expect(202));
    const cancel = () => api().post(`/v1/training-jobs/${id}/cancel`).set('idempotency-key', 'cancel-it');
    const first = await cancel().expect(200);
    expect((await cancel().expect(200)).text).toBe(first.text);
  });

  it('is carried out once when it comes many times at once', async () => {
    const key = newKey();
    const before = await jobs();
    const answers = await Promise.all(Array.from({ length: 12 }, () => postJob(key)));
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 409);
    expect(accepted.length + refused.length).toBe(12);
    expect(new Set(accepted.map(idOf)).size).toBe(1);
    for (const response of refused) {
      expect(problem(response).code).toBe('idempotency_key_in_flight');
      expect(response.headers['retry-after']).toBe('1');
    }
    expect(idOf(await postJob(key).expect(202))).toBe(idOf(accepted[0]!));
    expect(await jobs()).toBe(before + 1);
  });
});

describe('a key that is sent with another request', () => {
  it('is refused', async () => {
    const key = newKey();
    await postJob(key).expect(202);
    const before = await jobs();
    const other = await postJob(key, { ...smallJob(dataset.id), name: 'other' }).expect(422);
    expect(problem(other).code).toBe('idempotency_key_reused');
    const query = api().post('/v1/training-jobs?dry_run=true').set('idempotency-key', key);
    expect(problem(await query.send(smallJob(dataset.id)).expect(422)).code).toBe('idempotency_key_reused');
    const path = api().post('/v1/training-jobs/job_1/cancel').set('idempotency-key', key);
    expect(problem(await path.expect(422)).code).toBe('idempotency_key_reused');
    expect(await jobs()).toBe(before);
  });

  it('is refused when it is no key', async () => {
    for (const key of ['', 'a b', 'x'.repeat(256), 'ü']) {
      const response = await postJob(key).expect(400);
      expect(problem(response)).toMatchObject({
        code: 'invalid_request',
        errors: [{ pointer: '/Idempotency-Key' }],
      });
    }
    await postJob('x'.repeat(255)).expect(202);
  });

  it('means nothing where nothing is posted', async () => {
    const key = newKey();
    await postJob(key).expect(202);
    await api().get('/v1/training-jobs').set('idempotency-key', key).expect(200);
    await api().get('/v1/training-jobs').set('idempotency-key', 'a b').expect(200);
  });
});

describe('an upload with a key', () => {
  const upload = (key: string, csv: string) =>
    api()
      .post('/v1/datasets?name=once')
      .set('idempotency-key', key)
      .set('content-type', 'text/csv')
      .send(csv);
  const datasets = async (): Promise<number> =>
    (await service.database.datasets.list({ limit: 100 })).data.length;

  it('is stored once, and compared when it is sent again', async () => {
    const key = newKey();
    const before = await datasets();
    const first = await upload(key, 'a\n1\n').expect(202);
    const second = await upload(key, 'a\n1\n').expect(202);
    expect(second.text).toBe(first.text);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(problem(await upload(key, 'a\n2\n').expect(422)).code).toBe('idempotency_key_reused');
    expect(await datasets()).toBe(before + 1);
  });

  it('may be a form, whose borders are new each time', async () => {
    const key = newKey();
    const send = (name: string) =>
      api()
        .post('/v1/datasets')
        .set('idempotency-key', key)
        .attach('file', Buffer.from('a\n1\n'), { filename: name, contentType: 'text/csv' });
    const first = await send('a.csv').expect(202);
    expect((await send('a.csv').expect(202)).text).toBe(first.text);
    await send('b.csv').expect(422);
  });

  it('is refused before its body is sent while the first one is on its way; a broken one leaves the key free', async () => {
    const key = newKey();
    const head = `POST /v1/datasets?name=once HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nIdempotency-Key: ${key}\r\nContent-Length: 8\r\n\r\n`;
    const claim = vi.spyOn(service.database.idempotencyKeys, 'claim');
    const first = connect(service.port, '127.0.0.1');
    first.write(`${head}a\n1\n`);
    await expect.poll(() => claim.mock.settledResults[0]?.type, { timeout: 15_000 }).toBe('fulfilled');
    claim.mockRestore();
    const second = connect(service.port, '127.0.0.1');
    let answer = '';
    second.on('data', (data) => (answer += data.toString()));
    second.write(head);
    await expect.poll(() => answer, { timeout: 15_000 }).toContain('idempotency_key_in_flight');
    second.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 409 /);
    first.destroy();
    await once(first, 'close');
    // Nothing was kept of it.
    await expect.poll(async () => (await upload(key, 'a\n1\n2\n3\n')).status, { timeout: 15_000 }).toBe(202);
  });
});

describe('an answer that could not be kept', () => {
  it('is made again of what was made the first time', async () => {
    const own = await startHttpService({ keysAbandonedAfterMs: 200 });
    try {
      const { id: datasetId } = await own.dataset(dailyCsv(200));
      const send = (key: string, path: string, type: string, body: string) =>
        request(own.url).post(path).set('idempotency-key', key).set('content-type', type).send(body);
      for (const [path, type, body] of [
        ['/v1/training-jobs', 'application/json', JSON.stringify(smallJob(datasetId))],
        ['/v1/datasets?name=again', 'text/csv', 'a\n1\n'],
      ] as const) {
        vi.spyOn(own.database.idempotencyKeys, 'complete').mockRejectedValueOnce(new Error('away'));
        const first = await send(path, path, type, body).expect(202);
        let second = await send(path, path, type, body);
        for (; second.status === 409; second = await send(path, path, type, body)) await pause(50);
        expect([second.status, idOf(second)]).toEqual([202, idOf(first)]);
        expect(second.headers.location).toBe(first.headers.location);
        const third = await send(path, path, type, body).expect(202);
        expect(third.headers['idempotency-replayed']).toBe('true');
        expect(idOf(third)).toBe(idOf(first));
      }
      expect((await own.database.trainingJobs.list({ limit: 10 })).data).toHaveLength(1);
      expect((await own.database.datasets.list({ limit: 10 })).data).toHaveLength(2);
    } finally {
      await own.close();
    }
  });
});

describe('a failure on this side', () => {
  it('is not kept: the request may be sent again', async () => {
    const logger = pino({ level: 'silent' });
    let failing = true;
    const server = createHttpServer(
      {
        logger,
        metrics: createMetricsRegistry('failing'),
        newRequestId,
        idempotency: {
          keys: service.database.idempotencyKeys,
          keptForMs: 60_000,
          report: () => undefined,
        },
      },
      () => undefined,
    );
    server.post('/v1/moody', () => {
      if (failing) throw new Error('internal: out of sorts');
      return { done: true };
    });
    const post = () =>
      server.inject({ method: 'POST', url: '/v1/moody', headers: { 'idempotency-key': 'moody' } });
    expect((await post()).statusCode).toBe(500);
    failing = false;
    expect((await post()).json()).toEqual({ done: true });
    failing = true;
    expect((await post()).json()).toEqual({ done: true });
    await server.close();
  });

  it('of the database is answered 503: nothing is carried out unprotected', async () => {
    const away = connectDatabase('postgresql://nobody@127.0.0.1:1/none');
    let carriedOut = 0;
    const server = createHttpServer(
      {
        logger: pino({ level: 'silent' }),
        metrics: createMetricsRegistry('away'),
        newRequestId,
        idempotency: { keys: away.idempotencyKeys, keptForMs: 60_000, report: () => undefined },
      },
      () => undefined,
    );
    server.post('/v1/thing', () => ({ carriedOut: ++carriedOut }));
    const post = (headers: Record<string, string>) =>
      server.inject({ method: 'POST', url: '/v1/thing', headers });
    const response = await post({ 'idempotency-key': 'a' });
    expect(response.json()).toMatchObject({ status: 503, code: 'unavailable' });
    expect(carriedOut).toBe(0);
    expect((await post({})).statusCode).toBe(200);
    await server.close();
    await away.close();
  });
});
