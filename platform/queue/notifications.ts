/** Wake-up calls by Redis pub/sub. Redis keeps none of them, so each is worth only as much as its arrival. */
import type { Notifications, Topic } from '../../domain/ports/notifications.ts';
import type { Report } from '../../domain/ports/report.ts';
import { inTime, openRedis, type Redis } from './redis-connection.ts';

export function openNotifications(
  redisUrl: string,
  { report }: { report: Report },
): Notifications & { close(): Promise<void> } {
  const publisher = openRedis(redisUrl, { what: 'sender of notifications', report, maxRetriesPerRequest: 1 });
  // Subscribes again by itself after it has lost Redis.
  const subscriber = openRedis(redisUrl, { what: 'listener', report, maxRetriesPerRequest: null });
  const listeners = new Map<string, Set<() => void>>();
  subscriber.on('message', (channel: string) => {
    for (const call of listeners.get(channel) ?? []) call();
  });
  // What was said while Redis was away is lost: everyone looks at the table.
  let connectedBefore = false;
  subscriber.on('ready', () => {
    if (connectedBefore) for (const calls of listeners.values()) for (const call of calls) call();
    connectedBefore = true;
  });

  return {
    notify: async (topic) => {
      try {
        await inTime(publisher, publisher.publish(channelOf(publisher, topic), ''));
      } catch (error) {
        report(`A notification of ${topic} is lost`, error);
      }
    },
    listen: async (topic, onNotification) => {
      const channel = channelOf(subscriber, topic);
      // One function may listen twice.
      const call = (): void => onNotification();
      const present = listeners.get(channel);
      if (present) present.add(call);
      else listeners.set(channel, new Set([call]));
      // Also when another listens already: its subscription may still be on its way.
      await inTime(subscriber, subscriber.subscribe(channel)).catch((error: unknown) =>
        report(`Nothing is heard of ${topic} until Redis is back`, error),
      );
      return async () => {
        const calls = listeners.get(channel);
        if (!calls?.delete(call) || calls.size > 0) return;
        listeners.delete(channel);
        await inTime(subscriber, subscriber.unsubscribe(channel)).catch(() => undefined);
      };
    },
    close: async () => {
      listeners.clear();
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

/** Channels are common to all numbered databases of a server. */
const channelOf = ({ options }: Redis, topic: Topic): string => `unroll/${options.db ?? 0}/${topic}`;
