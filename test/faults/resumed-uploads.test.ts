/** An upload in pieces survives the death of the service in its middle: the client goes on, and the file is whole. */
import { fork, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Upload } from 'tus-js-client';
import { expect, it } from 'vitest';
import { processEnvironment } from '../../platform/config/process-environment.ts';
import { freePort } from '../../platform/embedded/process.ts';
import { freshDatabase, freshRedis } from '../support/backing-services.ts';

it('goes on after kill -9', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'unroll-resumed-'));
  const [databaseUrl, redisUrl, port] = await Promise.all([freshDatabase(), freshRedis(), freePort()]);
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<ChildProcess> => {
    const child = fork(new URL('../../dist/services/main.js', import.meta.url), {
      env: {
        PATH: processEnvironment.PATH ?? '',
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        DATA_DIR: directory,
        LOG_LEVEL: 'fatal',
        STOP_DELAY_MS: '0',
        PORT: String(port),
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await expect
      .poll(async () => (await fetch(`${url}/healthz`).catch(() => null))?.status, {
        timeout: 30_000,
        interval: 50,
      })
      .toBe(200);
    return child;
  };
  let service = await start();
  let deaths = 0;
  try {
    const bytes = Buffer.from(`a\n${randomBytes(6_000_000).toString('hex').replaceAll(/.{60}/g, '$&\n')}`);
    const address = await new Promise<string>((resolve, reject) => {
      const upload = new Upload(bytes, {
        endpoint: `${url}/v1/uploads`,
        chunkSize: 1_000_000,
        retryDelays: Array.from({ length: 100 }, () => 200),
        metadata: { filename: 'long.csv' },
        onProgress: (sent) => {
          if (sent < (deaths + 1) * 3_500_000 || deaths === 2 || service.killed) return;
          deaths += 1;
          service.kill('SIGKILL');
          once(service, 'exit')
            .then(start)
            .then((again) => (service = again), reject);
        },
        onError: reject,
        onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('content-location') ?? ''),
      });
      upload.start();
    });
    expect(deaths).toBe(2);
    expect(await (await fetch(`${url}${address}`)).json()).toMatchObject({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    const content = Buffer.from(await (await fetch(`${url}${address}/content`)).arrayBuffer());
    expect(content.equals(bytes)).toBe(true);
  } finally {
    service.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
}, 120_000);
