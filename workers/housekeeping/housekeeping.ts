/**
 * What keeps the tables, the queues and the storage true to each other, whatever has crashed. Every worker does it:
 * each chore bears being done by several at once, and one that fails is done again at the next round.
 */
export interface Chore {
  readonly name: string;
  /** Time between two turns, from the end of one to the start of the next. The first is at once. */
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

/** Each chore on its own clock; the returned function stops them and waits for those under way. */
export function startHousekeeping(
  chores: readonly Chore[],
  onError: (chore: string, error: unknown) => void,
): () => Promise<void> {
  const stop = new AbortController();

  const keep = async ({ name, everyMs, run }: Chore): Promise<void> => {
    while (!stop.signal.aborted) {
      await run().catch((error: unknown) => onError(name, error));
      await pause(everyMs, stop.signal);
    }
  };
  const running = chores.map(keep);

  return async () => {
    stop.abort();
    await Promise.all(running);
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
