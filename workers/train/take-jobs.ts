/**
 * Takes waiting jobs for this process, as many as it has room for. PostgreSQL says what waits; a delivery, the end of a job
 * or the clock only makes it look.
 *
 *   looking → taken → handled → looking          (another worker was faster: handled ends at once)
 *           → nothing fits → asleep until woken
 *
 * Nothing depends on a wake-up: every worker that has room looks every `lookEveryMs`.
 */
import type { TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';
import { chooseNext, type WorkerCapacity } from '../../domain/training-jobs/scheduling-choice.ts';
import { inOrder } from '../../domain/training-jobs/scheduling-order.ts';
import { choosePreempted } from '../../domain/training-jobs/scheduling-preemption.ts';

export interface TakeParts {
  readonly worker: WorkerCapacity;
  readonly trainingJobs: Pick<TrainingJobRepository, 'queueState'>;
  /**
   * Claims the job and sees it through; ends at once when another worker has it. `signal` is aborted with `stopping` or
   * `preempted`: hand it back. Whether it waits again.
   */
  readonly handle: (id: string, signal: AbortSignal) => Promise<{ readonly waitsAgain: boolean }>;
  /** Tells other workers of a job that waits again. */
  readonly announce: (id: string) => Promise<void>;
  readonly workersHeardWithinMs: number;
  /** A job makes way for others when it, and they, have had to do with this for so long; 0: never. */
  readonly preemptAfterSeconds: number;
  readonly lookEveryMs: number;
  readonly report: (message: string, error: unknown) => void;
}

export interface JobTaker {
  /** Looks now. */
  wake(): void;
  /** Resolves when there may be room for another job, or `signal` aborts. */
  room(signal: AbortSignal): Promise<void>;
  /** Takes no more, has what is running handed back, and waits for it. */
  close(): Promise<void>;
}

interface Taken {
  readonly memoryBytes: number | null;
  readonly since: number;
  readonly control: AbortController;
  readonly done: Promise<void>;
}

export function takeJobs(parts: TakeParts): JobTaker {
  const { worker, trainingJobs, preemptAfterSeconds } = parts;
  const running = new Map<string, Taken>();
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;
  const isFull = (): boolean => running.size >= worker.concurrency;
  const awaitingRoom: (() => void)[] = [];
  let woken = false;
  let endSleep: () => void = () => undefined;

  const wake = (): void => {
    woken = true;
    endSleep();
  };

  const take = (id: string, memoryBytes: number | null): void => {
    const control = new AbortController();
    const done = parts
      .handle(id, control.signal)
      .then(async ({ waitsAgain }) => {
        if (waitsAgain) await parts.announce(id);
      })
      .catch((error: unknown) => parts.report(`Training job ${id} was not handled to its end`, error))
      .finally(() => {
        running.delete(id);
        for (const call of awaitingRoom.splice(0)) call();
        wake();
      });
    running.set(id, { memoryBytes, since: Date.now(), control, done });
  };

  /** One job was taken: there may be room for another. */
  const look = async (): Promise<boolean> => {
    const isLong = ({ since }: Taken): boolean => Date.now() - since >= 1000 * preemptAfterSeconds;
    const mayPreempt = preemptAfterSeconds > 0 && [...running.values()].some(isLong);
    if (isClosing() || (isFull() && !mayPreempt)) return false;
    const state = await trainingJobs.queueState(parts.workersHeardWithinMs);
    if (isClosing()) return false;
    // Its claim may be on the way.
    const waiting = inOrder(state.waiting.filter(({ id }) => !running.has(id)));
    const now = state.now.getTime();
    const next = chooseNext({ waiting, worker, running: [...running.values()], now });
    if (next) {
      take(next.id, next.memoryBytes);
      return true;
    }
    if (mayPreempt)
      for (const id of choosePreempted({ ...state, waiting }, preemptAfterSeconds))
        running.get(id)?.control.abort('preempted');
    return false;
  };

  const sleep = (): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        endSleep = () => undefined;
        resolve();
      };
      const timer = setTimeout(end, woken ? 0 : parts.lookEveryMs);
      endSleep = end;
    });

  const looking = (async () => {
    while (!isClosing()) {
      woken = false;
      try {
        while (await look());
      } catch (error) {
        parts.report('Waiting jobs can not be looked for', error);
      }
      if (!isClosing()) await sleep();
    }
  })();

  return {
    wake,
    room: async (signal) => {
      while (isFull() && !isClosing() && !signal.aborted)
        await new Promise<void>((resolve) => {
          awaitingRoom.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
    },
    async close() {
      closing.abort();
      wake();
      for (const call of awaitingRoom.splice(0)) call();
      // Before the last look is over: it may be waiting for a database that does not answer.
      for (const { control } of running.values()) control.abort('stopping');
      await looking;
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}
