/**
 * The end of one job's log, read once for all who listen: its last events, ready to be sent, and the present progress.
 * A listener has a cursor, the sequence it has sent last; what it lacks is in this window, or it reads the table itself.
 */
import type { JobEvent } from '../../../../domain/jobs/job-event.ts';
import type { LogHead } from '../../../../domain/ports/job-log.ts';
import { isEnded } from '../../../../domain/training-jobs/training-job.ts';
import { eventText } from './event-text.ts';

/** What is kept of a job's log; older events are read from the table. */
const windowEvents = 200;
const windowBytes = 32 * 1024;

/** How what is told between two events reads: without an id, since it is not in the durable log. Null: nothing is. */
export type ProgressText<Head extends LogHead> = (head: Head) => string | null;

export interface JobTail<Head extends LogHead = LogHead> {
  /** Everything up to this sequence has been read; null before the first look. */
  readonly sequence: number | null;
  /** No event follows: the job has ended, or is gone. */
  readonly isComplete: boolean;
  /** Another object when it has changed. */
  readonly progress: Buffer | null;
  /** What follows the cursor, in one piece; null when the window does not reach back so far. */
  after(cursor: number): Buffer | null;
  /** Where reading goes on, given how long the log is. */
  readFrom(lastSequence: number): number;
  /** In order, without gaps, from where reading goes on. */
  append(events: readonly JobEvent[]): void;
  /** Undefined: the job is gone. All events up to the head's have been appended. */
  settle(head: Head | undefined): void;
}

export function createJobTail<Head extends LogHead>(progressText: ProgressText<Head>): JobTail<Head> {
  let sequence: number | null = null;
  let isComplete = false;
  let progress: { text: string; bytes: Buffer } | null = null;
  /** Of the events up to `sequence`, without gaps. */
  const window: Buffer[] = [];
  let bytes = 0;

  return {
    get sequence() {
      return sequence;
    },
    get isComplete() {
      return isComplete;
    },
    get progress() {
      return progress?.bytes ?? null;
    },
    after(cursor) {
      const missing = (sequence ?? 0) - cursor;
      if (missing > window.length) return null;
      return missing === 1 ? window.at(-1)! : Buffer.concat(window.slice(window.length - missing));
    },
    readFrom: (lastSequence) => sequence ?? Math.max(0, lastSequence - windowEvents),
    append(events) {
      for (const event of events) {
        const text = eventText(event);
        window.push(text);
        bytes += text.length;
        sequence = event.sequence;
      }
      while (window.length > windowEvents || (bytes > windowBytes && window.length > 1))
        bytes -= window.shift()!.length;
    },
    settle(head) {
      sequence ??= 0;
      isComplete = head === undefined || isEnded(head.status);
      const text = head === undefined ? null : progressText(head);
      if (text === (progress?.text ?? null)) return;
      progress = text === null ? null : { text, bytes: Buffer.from(text) };
    },
  };
}
