import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import committed from '../openapi/openapi.json' with { type: 'json' };
import { processEnvironment } from '../platform/config/process-environment.ts';
import { freshDatabase, freshRedis } from '../test/support/backing-services.ts';

let directory: string;
let environment: Record<string, string>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-main-'));
  const [databaseUrl, redisUrl] = await Promise.all([freshDatabase(), freshRedis()]);
  environment = {
    PATH: processEnvironment.PATH ?? '',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    DATA_DIR: directory,
  };
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function freePort(): Promise<{ port: number; server: Server }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, server };
}

interface Started {
  child: ChildProcess;
  url: string;
  ended: Promise<{ code: number | null; stderr: string }>;
}

/** The compiled process, with an IPC channel as the launcher gives it. */
async function start(settings: Record<string, string>, port?: number): Promise<Started> {
  let listenOn = port;
  if (listenOn === undefined) {
    const free = await freePort();
    free.server.close();
    listenOn = free.port;
  }
  const child = fork(new URL('../dist/services/main.js', import.meta.url), {
    env: { ...environment, LOG_LEVEL: 'error', STOP_DELAY_MS: '0', PORT: String(listenOn), ...settings },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  children.push(child);
  let stderr = '';
  child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = Promise.all([once(child, 'exit'), once(child.stderr!, 'close')]).then(([[code]]) => ({
    code: code as number | null,
    stderr,
  }));
  return { child, url: `http://127.0.0.1:${listenOn}`, ended };
}

const listening = async ({ url }: Started): Promise<void> => {
  await expect
    .poll(async () => (await fetch(`${url}/healthz`).catch(() => null))?.status, {
      timeout: 15_000,
      interval: 50,
    })
    .toBe(200);
};

describe('services/main', () => {
  it('says which port is taken and which variable names another', async () => {
    const { port, server } = await freePort();
    const { ended } = await start({}, port);
    const { code, stderr } = await ended;
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken by another process. Set PORT`);
  });

  it('ends on SIGTERM', async () => {
    const started = await start({});
    await listening(started);
    const upload = await fetch(`${started.url}/v1/datasets`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: 'a\n1\n',
    });
    expect(upload.status).toBe(202);
    started.child.kill('SIGTERM');
    expect(await started.ended).toEqual({ code: 0, stderr: '' });
  });

  it('says that it stops before it does, and finishes what it has begun', async () => {
    const started = await start({ STOP_DELAY_MS: '3000' });
    await listening(started);
    const { port } = new URL(started.url);
    const upload = connect(Number(port), '127.0.0.1');
    let answer = '';
    upload.on('data', (data) => (answer += data.toString()));
    upload.write(
      'POST /v1/datasets HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 8\r\n\r\na\n1\n',
    );
    started.child.kill('SIGTERM');
    const ready = async () => (await fetch(`${started.url}/readyz`)).json() as Promise<object>;
    await expect
      .poll(ready, { timeout: 3000, interval: 20 })
      .toMatchObject({ status: 'not_ready', checks: { process: { message: 'stopping' } } });
    expect((await fetch(`${started.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${started.url}/v1/datasets`)).status).toBe(200);
    // It takes no new connections any more, and waits for the rest of the upload.
    await expect
      .poll(() => fetch(`${started.url}/healthz`).then(String, () => 'refused'), { timeout: 15_000 })
      .toBe('refused');
    upload.write('2\n3\n');
    await once(upload, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(answer).toMatch(/^connection: close/im);
    expect((await started.ended).code).toBe(0);
  });

  it('ends when its launcher is gone', async () => {
    const started = await start({});
    await listening(started);
    started.child.disconnect();
    expect((await started.ended).code).toBe(0);
  });

  it('answers predictions by the inference process when the planes are apart', async () => {
    const inference = await start({ ROLE: 'inference' });
    const api = await start({ ROLE: 'api', INFERENCE_URL: inference.url });
    const alone = await start({ ROLE: 'api' });
    await Promise.all([inference, api, alone].map(listening));
    const predict = (url: string, body: string) =>
      fetch(`${url}/v1/models/nothing/predictions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': 'through' },
        body,
      });
    const forwarded = await predict(api.url, '{"inputs":[{"rows":[{"a":1}]}]}');
    expect(forwarded.status).toBe(404);
    expect(forwarded.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await forwarded.json()).toMatchObject({
      detail: 'There is no model nothing',
      request_id: 'through',
    });
    expect((await predict(api.url, '{"inputs":')).status).toBe(400);
    const answers = async (url: string, path: string, init?: RequestInit) => {
      const response = await fetch(`${url}${path}`, init);
      return [response.status, response.headers.get('content-type'), await response.text()];
    };
    const asked: [path: string, init?: RequestInit][] = [
      ['/v2'],
      ['/v2/health/live'],
      ['/v2/health/ready'],
      ['/v2/models/nothing'],
      ['/v2/models/nothing/versions/1/ready'],
      ['/v2/models/nothing/infer', { method: 'POST', body: '{"inputs":' }],
      [
        '/v2/models/nothing/infer',
        {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': '70' },
          body: new Uint8Array([
            ...Buffer.from(
              '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}'.slice(
                0,
                70,
              ),
            ),
            0,
          ]),
        },
      ],
    ];
    for (const [path, init] of asked)
      expect(await answers(api.url, path, init), path).toEqual(await answers(inference.url, path, init));
    expect(await answers(api.url, '/v2/models/nothing')).toEqual([
      404,
      'application/json; charset=utf-8',
      '{"error":"There is no model nothing"}',
    ]);
    expect(await answers(alone.url, '/v2/health/ready')).toEqual([
      503,
      'application/json; charset=utf-8',
      '{"error":"This process makes no predictions and INFERENCE_URL names none that does"}',
    ]);
    expect(await (await predict(alone.url, '{}')).json()).toMatchObject({ status: 503, code: 'unavailable' });
    expect((await fetch(`${inference.url}/v1/datasets`)).status).toBe(404);
    for (const { url } of [api, inference]) {
      expect(await (await fetch(`${url}/openapi.json`)).json()).toEqual(committed);
    }

    inference.child.kill('SIGKILL');
    await inference.ended;
    const unanswered = await predict(api.url, '{"inputs":[{"rows":[{"a":1}]}]}');
    expect(await unanswered.json()).toMatchObject({ status: 503, code: 'unavailable' });
    expect(await answers(api.url, '/v2/models/nothing/ready')).toEqual([
      503,
      'application/json; charset=utf-8',
      '{"error":"The inference service does not answer"}',
    ]);
    for (const { child } of [api, alone]) child.kill('SIGTERM');
    expect([(await api.ended).code, (await alone.ended).code]).toEqual([0, 0]);
  });
});
