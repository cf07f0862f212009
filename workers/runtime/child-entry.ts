/**
 * The child's side of `child-process.ts`: takes the order, does it, and ends. When the worker goes away, so does the
 * child, whatever it was doing: what it would have made belongs to nobody.
 */
import { writeFile } from 'node:fs/promises';

/** Resolves when the worker's end of the channel has taken the message. */
export async function report(message: object): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    if (process.send === undefined) reject(new Error('internal: started without a channel to a worker'));
    else
      process.send(message, undefined, undefined, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
  });
}

/** Does what the first message orders; later messages go to `onMessage`. `work` must not throw: it reports failures. */
export function serveWorker(
  work: (order: unknown) => Promise<void>,
  onMessage?: (message: unknown) => void,
): void {
  process.once('disconnect', () => process.exit(1));
  // When the machine runs out of memory, Linux is to end this process rather than a service or a database.
  writeFile('/proc/self/oom_score_adj', '500').catch(() => undefined);
  // A terminal sends these to every process of its group; the worker decides what becomes of the job.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.once('message', (order) => {
    if (onMessage !== undefined) {
      process.on('message', (message) => {
        onMessage(message);
      });
    }
    void work(order).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exit(1);
      },
    );
  });
}
