/** What is sent to those who watch a job, as the text of an event stream (WHATWG HTML, 9.2). */
import type { JobHead, LogEntry, LogHead } from '../../../../domain/ports/job-log.ts';
import { estimatedFinish } from '../../../../domain/training-jobs/estimated-finish.ts';
import type { TrainingJobEvent } from '../../../../domain/training-jobs/training-job.ts';
import { presentEvent } from './present.ts';

/** How soon a client may come back that has lost its connection. */
export const retryText = Buffer.from('retry: 1000\n\n');

/** Keeps a quiet connection open. */
export const heartbeatText = Buffer.from(': still here\n\n');

/** How what is sent of a kind of job reads. */
export interface EventTexts<Head extends LogHead, Entry extends LogEntry> {
  /** With the sequence as id. */
  readonly event: (entry: Entry) => Buffer;
  /** Without an id, since it is not in the durable log. Null unless the job runs. */
  readonly progress: (head: Head) => string | null;
}

const eventText = (event: TrainingJobEvent): Buffer =>
  Buffer.from(
    `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(presentEvent(event))}\n\n`,
  );

function progressText(head: JobHead): string | null {
  const { status, progress, epoch, step } = head;
  if (status !== 'running') return null;
  const estimate = estimatedFinish(head)?.toISOString() ?? null;
  const data = { status, progress, epoch, step, estimated_finish_at: estimate };
  return `event: training_job.progress\ndata: ${JSON.stringify(data)}\n\n`;
}

export const trainingJobTexts: EventTexts<JobHead, TrainingJobEvent> = {
  event: eventText,
  progress: progressText,
};
