/**
 * The order in which waiting jobs have their turn: the greater priority first; among equals, shorter jobs first, but a job lets
 * others by only for as long as it would itself take. Both are one number that does not change while a job waits, its turn: when it was queued
 * plus its own length. Who comes after that can not come before it, so that nobody waits for ever, neither small nor large.
 */
import type { TrainingJob } from './training-job.ts';

/** What is to be known of a job to say how long it will still take. */
export interface JobLength {
  /** Multiply-adds of the whole job; null: not reckoned. */
  readonly estimatedWork: number | null;
  /** 0 to 1. */
  readonly progress: number;
  /** Seconds of training behind it, and those that it may take in all. */
  readonly trainedSeconds: number;
  readonly maxSeconds: number | null;
}

export interface WaitingJob extends JobLength {
  readonly id: string;
  readonly priority: number;
  readonly memoryBytes: number | null;
  readonly queuedAt: Date;
}

/** Multiply-adds a second of a middling core: orders jobs in the same way whatever the workers' paces are at the time. */
export const referencePace = 3e10;
/** Starting the process, reading the table, compiling, exporting and scoring. */
export const overheadSeconds = 3;
/** Of a job of which nothing is known. */
const unknownSeconds = 600;

/** At a pace in multiply-adds a second. Early stopping may end a job sooner: this is what it takes at most. */
export function remainingSeconds(job: JobLength, pace: number): number {
  const { estimatedWork, progress, trainedSeconds, maxSeconds } = job;
  const training = estimatedWork === null ? unknownSeconds : (estimatedWork / pace) * (1 - progress);
  const allowed = maxSeconds === null ? Infinity : Math.max(0, maxSeconds - trainedSeconds);
  return overheadSeconds + Math.min(training, allowed);
}

/** The time up to which later jobs that are shorter may go before it, in ms since 1970. */
export const turnOf = (job: WaitingJob): number =>
  job.queuedAt.getTime() + 1000 * remainingSeconds(job, referencePace);

export const inOrder = <Job extends WaitingJob>(jobs: readonly Job[]): Job[] =>
  jobs
    .map((job) => ({ job, turn: turnOf(job) }))
    .sort((a, b) => b.job.priority - a.job.priority || a.turn - b.turn || (a.job.id < b.job.id ? -1 : 1))
    .map(({ job }) => job);

export const memoryOf = ({ memoryBytes }: Pick<TrainingJob, 'memoryBytes'>): number => memoryBytes ?? 0;
