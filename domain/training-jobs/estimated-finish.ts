/** When a running job will be done. Early stopping may end it sooner. */
import type { EpochMetrics, TrainingJob } from './training-job.ts';

interface Standing extends Pick<
  TrainingJob,
  'status' | 'startedAt' | 'updatedAt' | 'progress' | 'step' | 'attempt'
> {
  readonly metrics: Pick<EpochMetrics, 'step' | 'elapsed_seconds'> | null;
}

/**
 * On at the pace of the training so far: pauses and the waiting between attempts do not count. Reckoned from what the row says, so that
 * two reads of one state answer the same. Null unless it runs and has got on.
 */
export function estimatedFinish(job: Standing): Date | null {
  const { status, startedAt, updatedAt, progress } = job;
  if (status !== 'running' || startedAt === null || progress <= 0) return null;
  const seconds = secondsInAll(job, (updatedAt.getTime() - startedAt.getTime()) / 1000);
  return seconds === null ? null : dateAt(updatedAt.getTime() + 1000 * seconds * Math.max(0, 1 - progress));
}

/** From ms since 1970; null when it is further off than dates reach (275,760): a date that is none can not be told. */
export function dateAt(time: number): Date | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** From the last epoch, whose time is counted over all attempts; before its end from the time since the start, of a first attempt. */
function secondsInAll({ metrics, progress, step, attempt }: Standing, sinceStart: number): number | null {
  if (metrics === null) return attempt === 1 ? sinceStart / progress : null;
  const atEpoch = progress * Math.min(1, metrics.step / Math.max(1, step));
  return atEpoch <= 0 ? null : metrics.elapsed_seconds / atEpoch;
}
