/**
 * The end of one job's log, read once for all who listen: its last events, ready to be sent, and the present progress.
 * A listener has a cursor, the sequence it has sent last; what it lacks is in this window, or it reads the table itself.
 */
import type { LogEntry, LogHead } from '../../../../domain/ports/job-log.ts';
import { isEnded } from '../../../../domain/training-jobs/training-job.ts';
import type { EventTexts } from './event-text.ts';

/** What is kept of a job's log; older events are read from the table. */
const windowEvents = 200;
const windowBytes = 32 * 1024;

export interface JobTail<Head extends LogHead = LogHead, Entry extends LogEntry = LogEntry> {
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
  append(events: readonly Entry[]): void;
  /** Undefined: the job is gone. All events up to the head's have been appended. */
  settle(head: Head | undefined): void;
}

export function createJobTail<Head extends LogHead, Entry extends LogEntry>(
  texts: EventTexts<Head, Entry>,
): JobTail<Head, Entry> {
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
        const text = texts.event(event);
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
      const text = head === undefined ? null : texts.progress(head);
      if (text === (progress?.text ?? null)) return;
      progress = text === null ? null : { text, bytes: Buffer.from(text) };
    },
  };
}
