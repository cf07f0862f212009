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

  it('have the same shape when the address is no address', async () => {
    for (const [address, status, code] of [
      ['/v1/models/%ff', 400, 'invalid_request'],
      [`/v1/datasets/${'x'.repeat(500)}`, 404, 'not_found'],
    ] as const) {
      const response = await api().get(address).expect(status);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(problem(response)).toMatchObject({ code, request_id: response.headers['x-request-id'] });
    }
  });

  it('say that a request broke off', async () => {
    const socket = connect(service.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.end(
      'POST /v1/training-jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"a":',
    );
    await once(socket, 'close');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      code: 'upload_incomplete',
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

describe('a request that is refused before its body has come', () => {
  it.each(['keep-alive', 'close'])(
    'is answered to a client that goes on sending (%s)',
    async (connection) => {
      const socket = connect(service.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (data) => (answer += data.toString()));
      const length = 1_000_000;
      socket.write(
        `POST /v1/datasets HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nContent-Type: image/png\r\nContent-Length: ${length}\r\n\r\n`,
      );
      await expect.poll(() => answer).toContain('unsupported_media_type');
      socket.write(Buffer.alloc(length));
      // Read to its end, the body leaves the connection to the next request, if there may be one.
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await once(socket, 'close');
      expect(answer.includes('{"status":"ok"}')).toBe(connection === 'keep-alive');
    },
  );
});

describe('JSON bodies', () => {
  const send = (text: string | Buffer, type = 'application/json') =>
    api().post('/v1/training-jobs').set('content-type', type).send(text);

  it.each([
    ['{"a":1', /expected JSON, got text that does not parse: .*(end of JSON|position 6)/],
    ['{"__proto__":{}}', /the names __proto__ and constructor\.prototype are not allowed/],
    ['', /expected a JSON body, got an empty one/],
  ])('%j is no JSON that can be taken', async (text, detail) => {
    const response = await send(text).expect(400);
    expect(problem(response)).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringMatching(detail) as unknown,
    });
  });

  it('are not taken under another name, nor compressed', async () => {
    const text = await send('{}', 'text/plain').expect(415);
    expect(problem(text).detail).toBe('expected a Content-Type of application/json, got text/plain');
    const compressed = await send('{}').set('content-encoding', 'gzip').expect(415);
    expect(problem(compressed).detail).toBe('expected no Content-Encoding, got "gzip"');
  });

  it('may be absent where none is expected, whatever the Content-Type says', async () => {
    for (const address of ['/v1/training-jobs/job_1/cancel', '/v1/training-jobs/job_1/cancel?']) {
      const response = await api().post(address).set('content-type', 'application/json');
      expect(problem(response)).toMatchObject({ code: 'not_found' });
    }
    const deleted = await api().delete('/v1/datasets/ds_1').set('content-type', 'application/json').send('');
    expect(problem(deleted)).toMatchObject({ code: 'not_found' });
  });
});

describe('created_after', () => {
  it.each([
    '0000-01-01T00:00:00Z',
    '2016-12-31T23:59:60Z',
    '9999-12-31T23:59:59-23:59',
    '2020-01-01T00:00:00.1+05:30',
  ])('may be %s', async (time) => {
    for (const list of ['datasets', 'training-jobs', 'models'])
      await api().get(`/v1/${list}`).query({ created_after: time }).expect(200);
  });

  it('has to be a time', async () => {
    for (const time of ['2020-02-30T00:00:00Z', 'yesterday', '2020-01-01']) {
      const response = await api().get('/v1/datasets').query({ created_after: time }).expect(400);
      expect(problem(response).errors).toEqual([
        {
          pointer: '/created_after',
          message: `expected an RFC 3339 time such as 2026-01-31T12:00:00Z, got "${time}"`,
        },
      ]);
    }
  });
});

describe('numbers in a query', () => {
  it.each(['0x10', '1e1', ' 7', '', 'Infinity', '7.5'])('are decimal: %j is none', async (limit) => {
    const response = await api().get('/v1/datasets').query({ limit }).expect(400);
    expect(problem(response).errors).toEqual([
      { pointer: '/limit', message: `expected an integer from 1 to 100, got ${JSON.stringify(limit)}` },
    ]);
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
    expect(text).toMatch(/"layout":"BaseLayout"/);
  });
});
