/** The queue's sending side. */
import type { DeliveryQueue } from '../../domain/ports/queue.ts';

export declare function openDeliveryQueue(
  redisUrl: string,
  options: { report: (message: string, error: unknown) => void },
): DeliveryQueue & { close(): Promise<void> };
