/** Which of the waiting jobs a worker takes next. */
import { memoryOf, turnOf, type WaitingJob } from './scheduling-order.ts';

export interface WorkerCapacity {
  /** What its jobs may need together. */
  readonly memoryBytes: number;
  /** Jobs at a time. */
  readonly concurrency: number;
}

interface Choice<Job> {
  /** In the order of their turns. */
  readonly waiting: readonly Job[];
  readonly worker: WorkerCapacity;
  /** What the worker is at. */
  readonly running: readonly { readonly memoryBytes: number | null }[];
  /** ms since 1970 */
  readonly now: number;
}

/**
 * The first that fits beside what is running. A job that must wait for room lets later ones by until its turn is over;
 * from then on the worker takes nothing else until there is room. Jobs that are larger than the worker are none of its business.
 */
export function chooseNext<Job extends WaitingJob>({
  waiting,
  worker,
  running,
  now,
}: Choice<Job>): Job | null {
  if (running.length >= worker.concurrency) return null;
  const free = running.reduce((left, job) => left - memoryOf(job), worker.memoryBytes);
  for (const job of waiting) {
    const needed = memoryOf(job);
    if (needed <= free) return job;
    if (needed <= worker.memoryBytes && turnOf(job) <= now) return null;
  }
  return null;
}
