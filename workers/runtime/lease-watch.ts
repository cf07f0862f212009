/**
 * Keeps the hold on a job: says at every beat that the worker lives, and learns from the answer whether it should stop.
 *
 *   beating → 'pausing' (someone asked for it: it goes on beating, for the job is still its own)
 *           → 'cancelled' (someone asked for it)  |  'lost' (another worker has the job)  |  stopped by its owner
 *
 * A request also arrives as a notification, which only makes the next beat come at once: the row is the truth.
 * A beat that fails is tried again at the next; PostgreSQL may be away for a while.
 */
import type { TrainingJobStatus } from '../../domain/training-jobs/training-job.ts';

export type LeaseVerdict = 'cancelled' | 'lost' | 'pausing';

/** Null: go on. */
export const verdictOf = (status: TrainingJobStatus | null): LeaseVerdict | null =>
  status === null ? 'lost' : status === 'cancelling' ? 'cancelled' : status === 'pausing' ? 'pausing' : null;

export interface LeaseWatch {
  /** Beats now instead of at the next turn. */
  wake: () => void;
  /** Stops beating; resolves when the last beat is over. */
  stop: () => Promise<void>;
}

export function watchLease(o: {
  everyMs: number;
  /** The status that the row has now, or null when the lease is no longer ours. */
  beat: () => Promise<TrainingJobStatus | null>;
  /** Called at most once with each. */
  onVerdict: (verdict: LeaseVerdict) => void;
  onError: (error: unknown) => void;
}): LeaseWatch {
  let stopped = false;
  const isStopped = (): boolean => stopped;
  let wakeNow = false;
  let endSleep: (() => void) | undefined;
  let told: LeaseVerdict | null = null;

  const sleep = (): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        endSleep = undefined;
        wakeNow = false;
        resolve();
      };
      const timer = setTimeout(end, wakeNow ? 0 : o.everyMs);
      endSleep = end;
    });

  const beating = (async () => {
    for (;;) {
      await sleep();
      if (isStopped()) return;
      try {
        const verdict = verdictOf(await o.beat());
        if (verdict === null || verdict === told || isStopped()) continue;
        told = verdict;
        o.onVerdict(verdict);
        if (verdict !== 'pausing') return;
      } catch (error) {
        o.onError(error);
      }
    }
  })();

  return {
    wake() {
      wakeNow = true; // for the next turn, when a beat is under way
      endSleep?.();
    },
    async stop() {
      stopped = true;
      endSleep?.();
      await beating;
    },
  };
}
