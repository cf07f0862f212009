import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TrainingJob } from '../../../../domain/training-jobs/training-job.ts';
import type { Lease } from '../../../../domain/ports/training-job-repository.ts';
import { startRedis } from '../../../../platform/embedded/redis.ts';
import type { EmbeddedServer } from '../../../../platform/embedded/server.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import { epochMetrics, queuedJob, readyDataset } from '../../../../test/support/records.ts';
import { openEventFeed } from './event-feed.ts';
import { trainingProgressText } from '../training-jobs/progress-text.ts';

// Nothing here is timed, but a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let directory: string;
let redis: EmbeddedServer;
let service: HttpService;
let datasetId: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-feed-'));
  redis = await startRedis({ directory: join(directory, 'redis') });
  service = await startHttpService({
    redisUrl: redis.url,
    eventStreams: { heartbeatMs: 100, pollMs: 50, stuckMs: 300 },
  });
  datasetId = (await readyDataset(service.database)).id;
});
afterAll(async () => {
  await service.close();
  await redis.stop();
  await rm(directory, { recursive: true, force: true });
});

async function running(): Promise<{ job: TrainingJob; lease: Lease }> {
  const { id } = await queuedJob(service.database, { datasetId });
  return service.start(id);
}

/** As a worker does: the row first, then the call. */
async function record(lease: Lease, epoch: number): Promise<void> {
  await service.database.trainingJobs.recordEpochs(lease, [{ metrics: epochMetrics(epoch), progress: 0.5 }]);
  await service.parts.notifications.notify(`job-events:${lease.jobId}`);
}

const fail = async (lease: Lease): Promise<void> => {
  await service.database.trainingJobs.fail(lease, { code: 'internal', message: 'x', hint: 'y' });
  await service.parts.notifications.notify(`job-events:${lease.jobId}`);
};

interface Seen {
  readonly ids: number[];
  connections: number;
}

/** Reads to the end of the job's stream; when `breaksAfter` says so the connection is broken, and made again. */
async function follow(jobId: string, seen: Seen, breaksAfter: () => number): Promise<void> {
  for (;;) {
    seen.connections++;
    const gone = new AbortController();
    let left = breaksAfter();
    const last = seen.ids.at(-1);
    const response = await fetch(`${service.url}/v1/training-jobs/${jobId}/events`, {
      headers: {
        accept: 'text/event-stream',
        ...(last !== undefined && { 'last-event-id': String(last) }),
      },
      signal: gone.signal,
    });
    if (response.status === 204) return;
    const parser = createParser({
      onEvent: ({ id }) => {
        if (id === undefined || left <= 0) return;
        seen.ids.push(Number(id));
        left--;
      },
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(value);
      if (left > 0) continue;
      gone.abort();
      break;
    }
  }
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
const nobody = { jobs: 0, listeners: 0 };

describe('many listeners', () => {
  it('get each event once and in order, through broken connections and the death of Redis', async () => {
    const jobs = await Promise.all([running(), running(), running(), running()]);
    const listeners = Array.from({ length: 200 }, (_, index) => ({
      jobId: jobs[index % jobs.length]!.job.id,
      seen: { ids: [], connections: 0 },
    }));
    // A fixed sequence that looks random (Park and Miller).
    let state = 42;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const following = listeners.map(({ jobId, seen }, index) =>
      follow(jobId, seen, () => (index % 2 === 0 ? 1 + Math.floor(random() * 15) : Infinity)),
    );
    const epochs = 60;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      await Promise.all(jobs.map(({ lease }) => record(lease, epoch)));
      if (epoch !== 20) continue;
      process.kill(redis.pid, 'SIGKILL');
      await redis.exited;
      await redis.stop();
      const port = Number(new URL(redis.url).port);
      redis = await startRedis({ directory: join(directory, 'redis'), port });
    }
    await Promise.all(jobs.map(({ lease }) => fail(lease)));
    await Promise.all(following);
    // Queued, preparing, running, the epochs, failed.
    for (const { seen } of listeners) expect(seen.ids).toEqual(upTo(epochs + 4));
    expect(listeners.filter(({ seen }) => seen.connections > 3).length).toBeGreaterThan(50);
    await expect.poll(() => service.parts.eventFeed.counts()).toEqual(nobody);
  });

  it('of one job cost one reading of its table', async () => {
    const { job, lease } = await running();
    const eventsAfter = vi.spyOn(service.database.jobLog, 'eventsAfter');
    const seen = Array.from({ length: 50 }, (): Seen => ({ ids: [], connections: 0 }));
    const following = seen.map((listener) => follow(job.id, listener, () => Infinity));
    await expect.poll(() => service.parts.eventFeed.counts()).toEqual({ jobs: 1, listeners: 50 });
    for (let epoch = 1; epoch <= 10; epoch++) await record(lease, epoch);
    await fail(lease);
    await Promise.all(following);
    for (const { ids } of seen) expect(ids).toEqual(upTo(14));
    expect(eventsAfter.mock.calls.length).toBeLessThanOrEqual(12);
    eventsAfter.mockRestore();
  });

  it('may begin anywhere in a long log while it grows', async () => {
    const { job, lease } = await running();
    const epochs = upTo(700);
    for (let from = 0; from < 600; from += 100)
      await service.database.trainingJobs.recordEpochs(
        lease,
        epochs.slice(from, from + 100).map((epoch) => ({ metrics: epochMetrics(epoch), progress: 0.5 })),
      );
    const starts = [0, 1, 199, 200, 201, 399, 500, 602, 603];
    const listeners = starts.map((start): Seen => ({ ids: [start], connections: 0 }));
    const following = listeners.map((listener) => follow(job.id, listener, () => Infinity));
    for (const epoch of epochs.slice(600)) await record(lease, epoch);
    await fail(lease);
    await Promise.all(following);
    for (const [index, { ids }] of listeners.entries())
      expect(ids).toEqual(
        upTo(704)
          .filter((id) => id >= starts[index]!)
          .concat(starts[index] === 0 ? [0] : [])
          .sort((a, b) => a - b),
      );
  });
});

describe('a stream', () => {
  it('ends at once when the process is stopping by the time its request is ready', async () => {
    const { job } = await running();
    const feed = openEventFeed({
      progressText: trainingProgressText,
      jobLog: service.database.jobLog,
      notifications: service.parts.notifications,
      report: () => undefined,
      heartbeatMs: 60_000,
      pollMs: 60_000,
      stuckMs: 60_000,
    });
    feed.end();
    const texts = await feed.open({ jobId: job.id, after: 0, cut: () => undefined }).toArray();
    expect(texts.map(String)).toEqual(['retry: 1000\n\n']);
    await vi.waitFor(() => expect(feed.counts()).toEqual({ jobs: 0, listeners: 0 }));
  });

  it('is forgotten when its client goes before it is answered', async () => {
    const { job } = await running();
    const url = `${service.url}/v1/training-jobs/${job.id}/events`;
    for (let round = 0; round < 40; round++) {
      const gone = new AbortController();
      const answer = fetch(url, { headers: { accept: 'text/event-stream' }, signal: gone.signal });
      setTimeout(() => gone.abort(), round % 20);
      await answer.then((response) => response.text()).catch(() => undefined);
    }
    await vi.waitFor(() => expect(service.parts.eventFeed.counts().listeners).toBe(0), 30_000);
  });

  it('stays open while its job is paused, and ends when the job is deleted', async () => {
    const { id } = await queuedJob(service.database, { datasetId });
    await service.database.trainingJobs.requestPause(id);
    const response = await fetch(`${service.url}/v1/training-jobs/${id}/events`, {
      headers: { accept: 'text/event-stream' },
    });
    let comments = 0;
    const parser = createParser({ onComment: () => comments++ });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    while (comments < 3) {
      const { done, value } = await reader.read();
      expect(done).toBe(false);
      parser.feed(value!);
    }
    // Between two looks of the feed: cancelled and gone.
    await service.database.trainingJobs.requestCancel(id);
    await service.database.trainingJobs.delete(id);
    while (!(await reader.read()).done);
    await expect.poll(() => service.parts.eventFeed.counts()).toEqual(nobody);
  });

  it('is cut when its client takes nothing, and others do not notice', async () => {
    const { job, lease } = await running();
    const quick: Seen = { ids: [], connections: 0 };
    const following = follow(job.id, quick, () => Infinity);
    const slow = connect(service.port, '127.0.0.1');
    slow.pause();
    slow.on('error', () => undefined);
    slow.write(
      `GET /v1/training-jobs/${job.id}/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`,
    );
    await expect.poll(() => service.parts.eventFeed.counts().listeners).toBe(2);
    let epoch = 0;
    // Sockets on one machine take some megabytes before they are full.
    while (service.parts.eventFeed.counts().listeners === 2) {
      const epochs = upTo(200).map((offset) => ({ metrics: epochMetrics(epoch + offset), progress: 0.5 }));
      epoch += epochs.length;
      await service.database.trainingJobs.recordEpochs(lease, epochs);
      await service.parts.notifications.notify(`job-events:${job.id}`);
    }
    expect(service.log.some((line) => line.includes(`A listener to ${job.id} is cut off`))).toBe(true);
    await fail(lease);
    await following;
    expect(quick.ids).toEqual(upTo(epoch + 4));
    slow.destroy();
  });
});
