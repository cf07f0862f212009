/** What becomes of jobs and uploads when PostgreSQL or Redis goes away while workers are at work. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { startRedis } from '../../platform/embedded/redis.ts';
import type { EmbeddedServer } from '../../platform/embedded/server.ts';
import { migrate } from '../../platform/postgres/migrate.ts';
import { atWork, ended, pause, smallCsv, startRig, until, type Rig } from './rig.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let directory: string;
let postgres: EmbeddedServer;
let redis: EmbeddedServer;
let rig: Rig;
let datasetId: string;

const portOf = (server: EmbeddedServer): number => Number(new URL(server.url).port);
const startPostgresAt = (port?: number): Promise<EmbeddedServer> =>
  startPostgres({ directory: join(directory, 'postgres'), ...(port === undefined ? {} : { port }) });
const startRedisAt = (port?: number): Promise<EmbeddedServer> =>
  startRedis({ directory: join(directory, 'redis'), ...(port === undefined ? {} : { port }) });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-servers-'));
  [postgres, redis] = await Promise.all([startPostgresAt(), startRedisAt()]);
  await migrate(postgres.url);
  rig = await startRig({ databaseUrl: postgres.url, redisUrl: redis.url });
  rig.startWorker();
  datasetId = (await rig.ingested((await rig.upload(smallCsv())).id)).id;
});
afterAll(async () => {
  expect(await rig.end()).toEqual([]);
  await Promise.all([postgres.stop(), redis.stop()]);
  await rm(directory, { recursive: true, force: true });
});

async function expectNewJobsToRun(): Promise<void> {
  const { id } = await rig.createJob(datasetId, { epochs: 1 });
  expect(await rig.jobWhen(id, ended)).toMatchObject({ status: 'succeeded' });
}

describe('Redis', () => {
  it('may be killed and started again while a job runs', async () => {
    const { id } = await rig.createJob(datasetId, { max_seconds: 4 });
    await rig.jobWhen(id, atWork);
    process.kill(redis.pid, 'SIGKILL');
    await redis.exited;
    await pause(500);
    await redis.stop();
    redis = await startRedisAt(portOf(redis));
    expect(await rig.jobWhen(id, ended)).toMatchObject({ status: 'succeeded', attempt: 1 });
    await expectNewJobsToRun();
  });

  it('may lose everything it holds: what waits is delivered again', async () => {
    const running = await rig.createJob(datasetId, { max_seconds: 3 });
    await rig.jobWhen(running.id, atWork);
    const waiting = await rig.createJob(datasetId, { epochs: 1 });
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    expect(await rig.jobWhen(running.id, ended)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await rig.jobWhen(waiting.id, ended)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('may be away when an upload arrives', async () => {
    await redis.stop();
    const upload = rig.upload(smallCsv());
    await until(
      async () => (await rig.database.datasets.list({ limit: 1, status: 'validating' })).data.length > 0,
    );
    redis = await startRedisAt(portOf(redis));
    expect(await rig.ingested((await upload).id)).toMatchObject({ status: 'ready' });
  });
});

describe('PostgreSQL', () => {
  it('may be away for longer than a heartbeat may be old', async () => {
    const { id } = await rig.createJob(datasetId, { max_seconds: 2 });
    await rig.jobWhen(id, atWork);
    await postgres.stop();
    await pause(4000);
    postgres = await startPostgresAt(portOf(postgres));
    const job = await rig.jobWhen(id, ended);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
    const epochs = (await rig.database.trainingJobs.metrics(id)).map(({ epoch }) => epoch);
    expect(epochs).toEqual(epochs.map((_, index) => index + 1));
    await expectNewJobsToRun();
  });
});
