import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { freshRedis } from '../../test/support/backing-services.ts';
import { startRedis } from '../embedded/redis.ts';
import { consume, type ConsumerOptions, type DeliveryOutcome } from './consumer.ts';
import { openDeliveryQueue } from './delivery-queue.ts';
import { openNotifications } from './notifications.ts';

let redisUrl: string;
let queue: ReturnType<typeof openDeliveryQueue>;
let reports: string[];
const report = (message: string): void => {
  reports.push(message);
};

beforeEach(async () => {
  reports = [];
  redisUrl = await freshRedis();
  queue = openDeliveryQueue(redisUrl, { report });
});
afterEach(() => queue.close());

/** A consumer that notes the ids it was given. */
function consumer(options: Partial<ConsumerOptions> & { url?: string } = {}): {
  ids: string[];
  close: () => Promise<void>;
} {
  const ids: string[] = [];
  const { handle = async () => ({ kind: 'done' }) as const, url = redisUrl, ...rest } = options;
  const consuming = consume({
    redisUrl: url,
    queue: 'train',
    concurrency: 2,
    report,
    ...rest,
    handle: async (id, signal) => {
      ids.push(id);
      return handle(id, signal);
    },
  });
  const close = (): Promise<void> => consuming.close();
  onTestFinished(close);
  return { ids, close };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

describe('deliveries', () => {
  it('come in order, once each, however often they were sent while they waited', async () => {
    for (const id of ['job_1', 'job_2', 'job_1', 'job_3', 'job_2']) await queue.deliver('train', id);
    const { ids } = consumer({ concurrency: 1 });
    await queue.deliver('train', 'job_4');
    await expect.poll(() => ids).toEqual(['job_1', 'job_2', 'job_3', 'job_4']);
  });

  it('can be sent again after they were handled, also when handling failed', async () => {
    const { ids } = consumer({
      handle: async (id) => {
        if (id === 'job_bad') throw new Error('broken');
        return { kind: 'done' };
      },
    });
    for (const id of ['job_good', 'job_bad'])
      for (const times of [1, 2, 3]) {
        await expect
          .poll(async () => {
            await queue.deliver('train', id);
            return ids.filter((seen) => seen === id).length;
          })
          .toBeGreaterThanOrEqual(times);
      }
    expect(reports).toContain('Handling job_bad of train failed');
  });

  it('stay in their queue', async () => {
    const { ids } = consumer({ queue: 'ingest' });
    await queue.deliver('train', 'job_1');
    await queue.deliver('ingest', 'ds_1');
    await expect.poll(() => ids).toEqual(['ds_1']);
  });

  it('can be withdrawn before a worker has them', async () => {
    await queue.deliver('train', 'job_1');
    await queue.deliver('train', 'job_2');
    await queue.withdraw('train', 'job_1');
    await queue.withdraw('train', 'job_unknown');
    const { ids } = consumer();
    await expect.poll(() => ids).toEqual(['job_2']);
  });

  it('can not be withdrawn from a worker, and nothing breaks', async () => {
    let finish: () => void = () => undefined;
    const { ids } = consumer({
      handle: () =>
        new Promise<DeliveryOutcome>((resolve) => {
          finish = () => resolve({ kind: 'done' });
        }),
    });
    await queue.deliver('train', 'job_1');
    await expect.poll(() => ids).toEqual(['job_1']);
    await queue.withdraw('train', 'job_1').catch(() => undefined);
    finish();
    await expect
      .poll(async () => {
        await queue.deliver('train', 'job_1');
        finish();
        return ids.length;
      })
      .toBeGreaterThan(1);
    finish();
  });

  it('come again after the time that the handler names', async () => {
    const times: number[] = [];
    const { ids } = consumer({
      handle: async () => {
        times.push(Date.now());
        return times.length < 3 ? { kind: 'again', afterMs: 100 } : { kind: 'done' };
      },
    });
    await queue.deliver('train', 'job_1');
    await expect.poll(() => ids).toEqual(['job_1', 'job_1', 'job_1']);
    expect(times[2]! - times[0]!).toBeGreaterThanOrEqual(200);
    expect(reports).toEqual([]);
  });
});

describe('workers', () => {
  it('are counted', async () => {
    expect(await queue.workerCount('train')).toBe(0);
    const first = consumer();
    consumer();
    consumer({ queue: 'ingest' });
    await expect.poll(() => queue.workerCount('train')).toBe(2);
    await first.close();
    await expect.poll(() => queue.workerCount('train')).toBe(1);
  });

  it('handle as many at once as they may', async () => {
    let running = 0;
    let most = 0;
    const { ids, close } = consumer({
      concurrency: 3,
      handle: async (_id, signal) => {
        most = Math.max(most, ++running);
        await aborted(signal);
        running--;
        return { kind: 'done' };
      },
    });
    for (let index = 0; index < 6; index++) await queue.deliver('train', `job_${index}`);
    await expect.poll(() => ids).toHaveLength(3);
    await close();
    expect(most).toBe(3);
    expect(running).toBe(0);
  });

  it('hand back what they have when they close, for another', async () => {
    const first = consumer({
      handle: async (_id, signal) => {
        await aborted(signal);
        return { kind: 'again', afterMs: 0 };
      },
    });
    await queue.deliver('train', 'job_1');
    await expect.poll(() => first.ids).toEqual(['job_1']);
    await Promise.all([first.close(), first.close()]);
    const second = consumer();
    await expect.poll(() => second.ids).toEqual(['job_1']);
  });
});

describe('notifications', () => {
  const open = (url = redisUrl): ReturnType<typeof openNotifications> => {
    const notifications = openNotifications(url, { report });
    onTestFinished(() => notifications.close());
    return notifications;
  };

  it('reach every listener of the topic until it stops listening', async () => {
    const [sender, receiver] = [open(), open()];
    const heard: string[] = [];
    const stopFirst = await receiver.listen('job-events:job_1', () => heard.push('first'));
    await receiver.listen('job-events:job_1', () => heard.push('second'));
    await receiver.listen('job-control:job_1', () => heard.push('other topic'));
    await sender.notify('job-events:job_1');
    await expect.poll(() => heard).toEqual(['first', 'second']);
    await stopFirst();
    await stopFirst();
    await sender.notify('job-events:job_1');
    await expect.poll(() => heard).toEqual(['first', 'second', 'second']);
  });

  it('do not cross from one numbered database to another', async () => {
    const [here, there] = [open(), open(await freshRedis())];
    const heard: string[] = [];
    await here.listen('job-events:job_1', () => heard.push('here'));
    await there.listen('job-events:job_1', () => heard.push('there'));
    await there.notify('job-events:job_1');
    await expect.poll(() => heard).toEqual(['there']);
  });
});

describe('when Redis is killed and started again', () => {
  it('deliveries and notifications go on, nothing crashes, and calls fail clearly meanwhile', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'unroll-redis-'));
    let server = await startRedis({ directory });
    const { url } = server;
    const port = Number(new URL(url).port);
    const deliveries = openDeliveryQueue(url, { report });
    const notifications = openNotifications(url, { report });
    onTestFinished(async () => {
      await deliveries.close();
      await notifications.close();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    });
    const { ids, close } = consumer({ url, stalledIntervalMs: 500 });
    let calls = 0;
    await notifications.listen('job-events:job_1', () => calls++);
    await deliveries.deliver('train', 'job_1');
    await expect.poll(() => ids).toEqual(['job_1']);
    await notifications.notify('job-events:job_1');
    await expect.poll(() => calls).toBe(1);

    process.kill(server.pid, 'SIGKILL');
    await server.exited;
    await expect(deliveries.deliver('train', 'job_2')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(deliveries.check()).rejects.toMatchObject({ code: 'unavailable' });
    await notifications.notify('job-events:job_1');
    expect(reports.join('\n')).toMatch(/has lost Redis/);
    await server.stop();

    server = await startRedis({ directory, port });
    await expect
      .poll(
        async () => {
          await deliveries.deliver('train', 'job_3').catch(() => undefined);
          return ids.includes('job_3');
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    await expect
      .poll(
        async () => {
          await notifications.notify('job-events:job_1');
          return calls;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(2);
    await close();
  });

  it('a consumer closes while Redis is away', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'unroll-redis-'));
    const server = await startRedis({ directory });
    const { close } = consumer({ url: server.url });
    await server.stop();
    await close();
    await rm(directory, { recursive: true, force: true });
  });
});
