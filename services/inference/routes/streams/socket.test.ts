/** Steps over real WebSockets: the same answers in the same order as over HTTP, and what happens at every end of the connection. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { pino } from 'pino';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  daily,
  dailyCsv,
  dailyRows,
  dateOf,
  smallSpecification,
} from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { trainedModel } from '../../../../test/support/trained-model.ts';
import { forwardUpgrades } from '../../../api/routes/forwarded/upgrades.ts';
import { createHttpServer } from '../../../http/server.ts';
import { createMetricsRegistry } from '../../../../platform/telemetry/metrics.ts';
import type { Problem } from '../../../http/problem.ts';
import type { StepsAnswer, StreamResource } from './schemas.ts';

let service: HttpService;
const rows = dailyRows(60);

beforeAll(async () => {
  service = await startHttpService();
  const { id: datasetId } = await service.dataset(dailyCsv(100));
  await trainedModel(service, {
    datasetId,
    name: 'small',
    specification: smallSpecification(),
    frequency: daily,
  });
});
afterAll(() => service.close());

const open = async (at = service): Promise<string> =>
  ((await request(at.url).post('/v1/models/small/streams').send({}).expect(201)).body as StreamResource).id;
const step = async (id: string, body: object): Promise<StepsAnswer> =>
  (await request(service.url).post(`/v1/streams/${id}/steps`).send(body).expect(200)).body as StepsAnswer;

interface Conversation {
  readonly socket: WebSocket;
  readonly answers: (StepsAnswer & Problem)[];
  readonly closed: Promise<number>;
  say(message: unknown): void;
  heard(count: number): Promise<void>;
}
async function converse(id: string, url = service.url): Promise<Conversation> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/streams/${id}/socket`);
  const answers: (StepsAnswer & Problem)[] = [];
  socket.on('message', (data: Buffer) => answers.push(JSON.parse(String(data)) as StepsAnswer & Problem));
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
  return {
    socket,
    answers,
    closed,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    heard: (count) =>
      expect
        .poll(() => answers.length, { timeout: 10_000 })
        .toBe(count)
        .then(() => undefined),
  };
}
const untimed = ({ outputs, position }: StepsAnswer) => ({ outputs, position });

describe('GET /v1/streams/:id/socket', () => {
  it('answers each message as a request is answered, in the order in which they come', async () => {
    const [id, other] = [await open(), await open()];
    const talk = await converse(id);
    for (const row of rows) talk.say({ rows: [row] });
    await talk.heard(rows.length);
    const expected: StepsAnswer[] = [];
    for (const row of rows) expected.push(await step(other, { rows: [row] }));
    expect(talk.answers.map(untimed)).toEqual(expected.map(untimed));
    talk.socket.close();
    await talk.closed;
    // the stream is still open, for requests and for other sockets
    expect(await step(id, { rows: [{ ...rows[0], date: '2020-03-05' }] })).toMatchObject({ position: 61 });
    const again = await converse(id);
    again.say({ rows: [{ ...rows[0], date: '2020-03-06' }], position: 61 });
    await again.heard(1);
    expect(again.answers[0]).toMatchObject({ stream: id, position: 62 });
    again.socket.close();
  });

  it('answers what is wrong with a problem, and goes on', async () => {
    const talk = await converse(await open());
    talk.say('{"rows":');
    talk.say({ rows: [{ date: '2020-01-01', temp_max: 'x', wind: 1 }] });
    talk.say({ row: 1 });
    talk.say({ rows: rows.slice(0, 1), position: 7 });
    talk.socket.send(Buffer.from([1, 2]));
    talk.say({ rows: rows.slice(0, 1), position: 0 });
    await talk.heard(6);
    expect(talk.answers.map(({ code, status }) => [code, status])).toEqual([
      ['invalid_request', 400],
      ['validation_failed', 422],
      ['validation_failed', 422],
      ['stream_conflict', 409],
      ['invalid_request', 400],
      [undefined, undefined],
    ]);
    expect(talk.answers[1]!.errors).toEqual([
      { pointer: '/rows/0/temp_max', message: 'expected a number, got "x"' },
    ]);
    expect(talk.answers[3]!.position).toBe(0);
    expect(talk.answers[5]!.position).toBe(1);
    talk.socket.close();
  });

  it('is closed when the stream is no more, and refused before the switch where there is none', async () => {
    const id = await open();
    const talk = await converse(id);
    await request(service.url).delete(`/v1/streams/${id}`).expect(204);
    talk.say({ rows: rows.slice(0, 1) });
    expect(await talk.closed).toBe(4404);
    expect(talk.answers[0]).toMatchObject({ code: 'not_found', status: 404 });
    const refused = new WebSocket(`${service.url.replace('http', 'ws')}/v1/streams/${id}/socket`);
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(404);
    refused.on('error', () => undefined).terminate();
    await request(service.url)
      .get(`/v1/streams/${await open()}/socket`)
      .expect(400);
  });

  it('does not read on while nobody reads its answers', async () => {
    const id = await open();
    const talk = await converse(id);
    talk.socket.pause();
    // 60 rows an answer: far more than the buffers of two sockets hold
    const days = (from: number) =>
      Array.from({ length: 60 }, (_, index) => ({
        ...rows[0],
        date: dateOf(from + index),
      }));
    for (let message = 0; message < 1500; message++) talk.say({ rows: days(60 * message) });
    const positionOf = async () =>
      ((await request(service.url).get(`/v1/streams/${id}`).expect(200)).body as StreamResource).position;
    let before = -1;
    let now = await positionOf();
    while (now !== before) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      [before, now] = [now, await positionOf()];
    }
    expect(now).toBeLessThan(1500 * 60);
    talk.socket.resume();
    await expect.poll(() => talk.answers.length, { timeout: 15_000 }).toBe(1500);
    expect(talk.answers.map(({ position }) => position)).toEqual(
      Array.from({ length: 1500 }, (_, index) => 60 * (index + 1)),
    );
    talk.socket.close();
  }, 40_000);

  it('is closed with 1001 when the service stops, after the answer that is being made', async () => {
    const replica = await startHttpService({ replicaOf: service, redisUrl: service.redisUrl });
    const talk = await converse(await open(), replica.url);
    talk.say({ rows: rows.slice(0, 5) });
    await talk.heard(1);
    const closing = replica.close();
    expect(await talk.closed).toBe(1001);
    await closing;
  });

  it('is passed on by a process without a data plane', async () => {
    const report = () => undefined;
    const front = createHttpServer(
      {
        logger: pino({ level: 'silent' }),
        metrics: createMetricsRegistry('front'),
        newRequestId: () => 'req_1',
        idempotency: { keys: service.database.idempotencyKeys, keptForMs: 1, report },
      },
      () => undefined,
    );
    forwardUpgrades(front, service.url, () => 'req_1');
    const url = await front.listen({ port: 0, host: '127.0.0.1' });
    const talk = await converse(await open(), url);
    for (const row of rows.slice(0, 3)) talk.say({ rows: [row] });
    await talk.heard(3);
    expect(talk.answers.map(({ position }) => position)).toEqual([1, 2, 3]);
    const refused = new WebSocket(`${url.replace('http', 'ws')}/v1/streams/str_none/socket`);
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(404);
    refused.on('error', () => undefined).terminate();
    await front.close();
    await talk.closed;
  });
});

describe('other upgrades', () => {
  it('are not followed: the request is answered as it is', async () => {
    const body = JSON.stringify({ expires_after_seconds: 60 });
    const socket = connect(service.port, '127.0.0.1');
    socket.write(
      `POST /v1/models/small/streams HTTP/1.1\r\nHost: here\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.write(body.slice(5));
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    await expect.poll(() => answer).toContain('"position":0');
    expect(answer).toMatch(/^HTTP\/1.1 201 Created/);
    // and the connection goes on
    answer = '';
    socket.write('GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n');
    await expect.poll(() => answer).toMatch(/^HTTP\/1.1 200 OK/);
    socket.destroy();
  });
});
