/**
 * Which running jobs make way for waiting ones. Checkpoints make that cheap: the job goes on later from where it stood.
 * It is decided for all workers at once, and every worker comes to the same decision from the same rows.
 */
import { chooseNext, type WorkerCapacity } from './scheduling-choice.ts';
import { referencePace, remainingSeconds, type JobLength, type WaitingJob } from './scheduling-order.ts';

export interface RunningJob extends JobLength {
  readonly id: string;
  readonly priority: number;
  readonly memoryBytes: number | null;
  readonly workerId: string | null;
  readonly claimedAt: Date | null;
  /** False while it is being cancelled or paused: it will leave by itself. */
  readonly stays: boolean;
  /** By its pace so far; null: not known. */
  readonly finishAt: Date | null;
}

export interface LiveWorker extends WorkerCapacity {
  readonly id: string;
  /** Multiply-adds a second; null: not known yet. */
  readonly pace: number | null;
}

/** What there is to do and who does it, at one moment. */
export interface QueueState {
  /** By the clock of the database. */
  readonly now: Date;
  readonly waiting: readonly WaitingJob[];
  readonly running: readonly RunningJob[];
  readonly workers: readonly LiveWorker[];
}

/** A job makes way only for one of its priority that is at most this part of what it has left: else both would only lose time. */
const muchShorter = 0.5;

/** `state.waiting` in the order of their turns. Ids of running jobs. */
export function choosePreempted(state: QueueState, sliceSeconds: number): readonly string[] {
  const now = state.now.getTime();
  const since = (time: Date | null): number => (time === null ? 0 : (now - time.getTime()) / 1000);
  const left = (job: JobLength): number => remainingSeconds(job, referencePace);
  const onWorkers = new Map(
    state.workers.map((worker) => [
      worker.id,
      { worker, running: state.running.filter(({ workerId }) => workerId === worker.id) },
    ]),
  );
  const chosen: string[] = [];

  for (const job of state.waiting) {
    if (since(job.queuedAt) < sliceSeconds) continue;
    const takers = [...onWorkers.values()];
    // One that has room takes it without anybody's making way; and one that is about to have it.
    const taker = takers.find(
      ({ worker, running }) =>
        chooseNext({ waiting: [job], worker, running: running.filter(({ stays }) => stays), now }) !== null,
    );
    if (taker) {
      taker.running = [...taker.running, asRunning(job, taker.worker.id)];
      continue;
    }
    const victims = takers.flatMap(({ worker, running }) => {
      const staying = running.filter(({ stays }) => stays);
      return staying.filter(
        (victim) =>
          since(victim.claimedAt) >= sliceSeconds &&
          (job.priority > victim.priority ||
            (job.priority === victim.priority && left(job) <= muchShorter * left(victim))) &&
          chooseNext({
            waiting: [job],
            worker,
            running: staying.filter((other) => other !== victim),
            now,
          }) !== null,
      );
    });
    const [victim] = victims.sort(
      (a, b) => a.priority - b.priority || left(b) - left(a) || (a.id < b.id ? -1 : 1),
    );
    const place = onWorkers.get(victim?.workerId ?? '');
    if (victim === undefined || place === undefined) continue;
    chosen.push(victim.id);
    place.running = [...place.running.filter((other) => other !== victim), asRunning(job, place.worker.id)];
  }
  return chosen;
}

/** Counts as taken up just now: it makes way for nobody. */
const asRunning = (job: WaitingJob, workerId: string): RunningJob => ({
  ...job,
  workerId,
  claimedAt: null,
  stays: true,
  finishAt: null,
});
