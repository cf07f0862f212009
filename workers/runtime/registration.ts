/** Keeps this process's row among the workers: that it lives, what it has room for, and how fast it has been seen to train. */
import type { WorkerRegistry } from '../../domain/ports/worker-registry.ts';

interface Registration {
  readonly workers: WorkerRegistry;
  readonly worker: Parameters<WorkerRegistry['beat']>[0];
  /** Multiply-adds a second; null: not known yet. */
  readonly pace: () => number | null;
  readonly everyMs: number;
  readonly report: (message: string, error: unknown) => void;
}

/** A pace is written when it has changed by so much. */
const paceChange = 0.05;

/** Beats that fail are done again at the next. The returned function ends them, and takes the worker out of the reckoning. */
export function keepRegistered(o: Registration): () => Promise<void> {
  const stopped = new AbortController();
  const isStopped = (): boolean => stopped.signal.aborted;
  let failing = false;
  let written: number | null = null;
  let endSleep: () => void = () => undefined;

  const beat = async (): Promise<void> => {
    await o.workers.beat(o.worker);
    const pace = o.pace();
    if (pace === null || (written !== null && Math.abs(pace / written - 1) < paceChange)) return;
    await o.workers.setPace(o.worker.id, pace);
    written = pace;
  };

  const beating = (async () => {
    while (!isStopped()) {
      try {
        await beat();
        failing = false;
      } catch (error) {
        if (!failing) o.report('This worker can not say that it lives', error);
        failing = true;
      }
      if (!isStopped())
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, o.everyMs);
          endSleep = () => {
            clearTimeout(timer);
            resolve();
          };
        });
    }
  })();

  return async () => {
    stopped.abort();
    endSleep();
    await beating;
    await o.workers
      .leave(o.worker.id)
      .catch((error: unknown) => o.report('This worker is reckoned with for a while after its end', error));
  };
}
