/** Listens to a topic without waiting for the subscription: while Redis is away, work goes on without wake-up calls. */
import type { Notifications, Topic } from '../../domain/ports/notifications.ts';

/** The returned function ends it, also when the subscription is only made later. */
export function listenMeanwhile(
  notifications: Notifications,
  topic: Topic,
  onNotification: () => void,
  onError: (error: unknown) => void,
): () => void {
  let ended = false;
  let unlisten: (() => Promise<void>) | undefined;

  notifications
    .listen(topic, () => {
      if (!ended) onNotification();
    })
    .then(async (end) => {
      unlisten = end;
      if (ended) await end();
    })
    .catch(onError);

  return () => {
    ended = true;
    unlisten?.().catch(onError);
  };
}
