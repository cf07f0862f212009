/** Wake-up calls by Redis pub/sub. */
import type { Notifications } from '../../domain/ports/notifications.ts';

export declare function openNotifications(
  redisUrl: string,
  options: { report: (message: string, error: unknown) => void },
): Notifications & { close(): Promise<void> };
