import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request from 'supertest';
import committed from '../../openapi/openapi.json' with { type: 'json' };
import { startHttpService, type HttpService } from '../../test/support/http-service.ts';
import type { Problem } from './problem.ts';

let service: HttpService;
const api = () => request(service.url);
const problem = (response: { body: unknown }) => response.body as Problem;

beforeAll(async () => {
  service = await startHttpService();
});
afterAll(() => service.close());

describe('errors', () => {
  it('have one shape', async () => {
    const response = await api().get('/v1/nothing?x=1').expect(404);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.body).toEqual({
      type: 'urn:unroll:error:not_found',
      title: 'No such resource',
      status: 404,
      detail: 'There is nothing at /v1/nothing',
      code: 'not_found',
      request_id: response.headers['x-request-id'],
      errors: [],
    });
  });

  it('name the methods that an address has', async () => {
    const response = await api().put('/v1/datasets/ds_0').expect(405);
    expect(response.headers.allow).toBe('GET, HEAD, DELETE');
    expect(problem(response)).toMatchObject({
      code: 'method_not_allowed',
      detail: 'expected GET or HEAD or DELETE at /v1/datasets/ds_0, got PUT',
    });
    expect((await api().delete('/v1/training-jobs')).headers.allow).toBe('POST, GET, HEAD');
  });

  it('answer what is no HTTP request at all', async () => {
    const socket = connect(service.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.write('hello\r\n\r\n');
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({
      code: 'invalid_request',
      status: 400,
    });
  });

  it('refuse JSON that is longer than it may be', async () => {
    const response = await api()
      .post('/v1/training-jobs')
      .set('content-type', 'application/json')
      .set('content-length', String(17 * 1024 * 1024))
      .send();
    expect(problem(response)).toMatchObject({ code: 'payload_too_large', status: 413 });
  });
});

describe('X-Request-Id', () => {
  it('is taken when it is sane, and made otherwise', async () => {
    const given = await api().get('/healthz').set('x-request-id', 'trace-1.2:3');
    expect(given.headers['x-request-id']).toBe('trace-1.2:3');
    for (const odd of ['a b', 'x'.repeat(200), '"']) {
      const made = await api().get('/healthz').set('x-request-id', odd);
      expect(made.headers['x-request-id']).toMatch(/^req_[0-9a-f]{32}$/);
    }
  });
});

describe('operations', () => {
  it('says that the process lives', async () => {
    await api().get('/healthz').expect(200, { status: 'ok' });
  });

  it('says what is not there', async () => {
    const response = await api().get('/readyz').expect(503);
    expect(response.headers['retry-after']).toBe('5');
    expect(response.body).toEqual({
      status: 'not_ready',
      checks: {
        postgres: { status: 'ok', message: null },
        redis: { status: 'ok', message: null },
        storage: { status: 'ok', message: null },
        workers: { status: 'unavailable', message: 'expected a worker for train, got none' },
      },
    });
  });

  it('measures requests by the template of their route', async () => {
    await api().get('/v1/datasets/ds_1');
    const { text, headers } = await api().get('/metrics').expect(200);
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toMatch(
      /request_duration_seconds_count\{.*route="\/v1\/datasets\/:id".*status="404".*\} \d+/,
    );
    expect(text).not.toContain('ds_1');
    expect(text).toContain('unroll_process_cpu_seconds_total');
    expect(text).toMatch(/unroll_training_jobs_queued\{role="test"\} 0/);
    expect(text).toMatch(/unroll_workers\{.*queue="train".*\} 0/);
  });
});

describe('documentation', () => {
  it('serves the committed document', async () => {
    const response = await api().get('/openapi.json').expect(200);
    expect(response.body).toEqual(committed);
    await api().get('/openapi.json').set('if-none-match', response.headers.etag!).expect(304);
  });

  it('loads nothing from another host', async () => {
    const page = await api().get('/docs/').expect(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(addresses.length).toBeGreaterThan(3);
    for (const address of addresses) {
      expect(address).toMatch(/^\.?\//);
      await api()
        .get(new URL(address, `${service.url}/docs/`).pathname)
        .expect(200);
    }
    const { text } = await api().get('/docs/static/swagger-initializer.js').expect(200);
    expect(text).toMatch(/validatorUrl: null/);
  });
});
