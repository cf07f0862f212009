/** How fast this worker trains, from the epochs of its jobs: what is shown of waiting jobs is reckoned with it. */
import type { EpochMetrics, TrainingJob } from '../../domain/training-jobs/training-job.ts';

export interface PaceMeter {
  /** New epochs of a job, in order. */
  observe(
    job: Pick<TrainingJob, 'id' | 'estimatedWork' | 'specification'>,
    epochs: readonly { readonly metrics: Pick<EpochMetrics, 'epoch' | 'elapsed_seconds'> }[],
  ): void;
  /** The job has left this worker. */
  forget(jobId: string): void;
  /** Multiply-adds a second; null before the first epoch. */
  current(): number | null;
}

/** After so much training an epoch counts half. */
const halfLifeSeconds = 60;

export function paceMeter(): PaceMeter {
  let work = 0;
  let seconds = 0;
  /** Of each job: a worker may be at several. */
  const last = new Map<string, { readonly epoch: number; readonly elapsed: number }>();

  return {
    observe({ id, estimatedWork, specification }, epochs) {
      if (estimatedWork === null) return;
      for (const { metrics } of epochs) {
        const { epoch, elapsed_seconds: elapsed } = metrics;
        const before = last.get(id) ?? (epoch === 1 ? { epoch: 0, elapsed: 0 } : undefined);
        last.set(id, { epoch, elapsed });
        // An attempt that goes on from a checkpoint may begin before the last epoch seen.
        if (before === undefined || epoch <= before.epoch || elapsed <= before.elapsed) continue;
        const taken = elapsed - before.elapsed;
        const kept = 0.5 ** (taken / halfLifeSeconds);
        work = work * kept + (estimatedWork * (epoch - before.epoch)) / specification.training.epochs;
        seconds = seconds * kept + taken;
      }
    },
    forget: (jobId) => void last.delete(jobId),
    current: () => (seconds > 0 ? work / seconds : null),
  };
}
