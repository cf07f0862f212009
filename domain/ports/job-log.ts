import type { JobEvent } from '../jobs/job-event.ts';
import type { TrainingJob } from '../training-jobs/training-job.ts';

/** Where a job stands, as far as those who watch it are told between two events. */
export type JobHead = Pick<
  TrainingJob,
  'id' | 'status' | 'progress' | 'epoch' | 'step' | 'metrics' | 'attempt' | 'startedAt' | 'updatedAt'
> & {
  /** Of its last event. */
  readonly lastSequence: number;
};

/** What those who follow a log ask of a job, whatever its kind. */
export type LogHead = Pick<JobHead, 'id' | 'status' | 'progress' | 'lastSequence'>;

/** The logs of many jobs, read together: what it costs to watch them does not grow by a question for each. */
export interface JobLog<Head extends LogHead = JobHead> {
  /** A job that has been deleted has none. When a head says that a job has ended, its last event can be read. */
  heads(jobIds: readonly string[]): Promise<readonly Head[]>;
  /** The events after each position, `limit` of each job at most; in order within a job. */
  eventsAfter(
    positions: readonly { readonly jobId: string; readonly sequence: number }[],
    limit: number,
  ): Promise<readonly JobEvent[]>;
}
