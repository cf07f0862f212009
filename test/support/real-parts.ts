/** Every part that a use case asks for, on the servers of the run, for one test file; and what its worker would get. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { QueueName } from '../../domain/ports/queue.ts';
import { newId } from '../../platform/ids.ts';
import { connectDatabase } from '../../platform/postgres/database.ts';
import { consume } from '../../platform/queue/consumer.ts';
import { openDeliveryQueue } from '../../platform/queue/delivery-queue.ts';
import { openNotifications } from '../../platform/queue/notifications.ts';
import { openFileStorage } from '../../platform/storage/file-storage.ts';
import { freshDatabase, freshRedis } from './backing-services.ts';

export async function openRealParts() {
  const redisUrl = await freshRedis();
  const directory = await mkdtemp(join(tmpdir(), 'unroll-parts-'));
  const reports: string[] = [];
  const report = (message: string): void => {
    reports.push(message);
  };
  const database = connectDatabase(await freshDatabase());
  const queue = openDeliveryQueue(redisUrl, { report });
  const notifications = openNotifications(redisUrl, { report });
  // Nothing listens there.
  const brokenQueue = openDeliveryQueue('redis://127.0.0.1:1', { report: () => undefined });
  return {
    ...database,
    storage: openFileStorage(directory),
    queue,
    brokenQueue,
    notifications,
    newId,
    report,
    reports,
    /** The ids that a worker gets from now on, until the test ends. */
    delivered: (name: QueueName): readonly string[] => {
      const ids: string[] = [];
      const consumer = consume({
        redisUrl,
        queue: name,
        concurrency: 1,
        report,
        handle: async (id) => {
          ids.push(id);
          return { kind: 'done' };
        },
      });
      onTestFinished(() => consumer.close());
      return ids;
    },
    close: async (): Promise<void> => {
      await Promise.all([queue.close(), brokenQueue.close(), notifications.close(), database.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type RealParts = Awaited<ReturnType<typeof openRealParts>>;
