/** The queue's sending side, on BullMQ. A delivery's id is the row's id, and it is forgotten once it was handled. */
import { Queue } from 'bullmq';
import type { DeliveryQueue, QueueName } from '../../domain/ports/queue.ts';
import type { Report } from '../../domain/ports/report.ts';
import { inTime, openRedis } from './redis-connection.ts';

const names = ['ingest', 'train', 'predict'] as const satisfies readonly QueueName[];

/** Its methods throw `unavailable` within seconds while Redis is away. */
export function openDeliveryQueue(
  redisUrl: string,
  { report }: { report: Report },
): DeliveryQueue & { close(): Promise<void> } {
  const connection = openRedis(redisUrl, { what: 'delivery queue', report, maxRetriesPerRequest: 1 });
  const open = (name: QueueName): Queue => {
    const queue = new Queue(name, {
      connection,
      // The connection reports for itself.
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
    });
    queue.on('error', () => undefined);
    return queue;
  };
  const queues: Record<QueueName, Queue> = {
    ingest: open('ingest'),
    train: open('train'),
    predict: open('predict'),
  };

  return {
    // BullMQ leaves an id alone that is waiting, delayed or being handled.
    deliver: async (name, id) => {
      await inTime(connection, queues[name].add(name, {}, { jobId: id }));
    },
    withdraw: async (name, id) => {
      // 0 when there is none, or a worker has it: it will find the row changed.
      await inTime(connection, queues[name].remove(id));
    },
    workerCount: (name) => inTime(connection, queues[name].getWorkersCount()),
    check: async () => {
      await inTime(connection, connection.ping());
    },
    close: async () => {
      await Promise.allSettled(names.map((name) => inTime(connection, queues[name].close())));
      connection.disconnect();
    },
  };
}
