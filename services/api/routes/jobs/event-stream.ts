/**
 * One client's stream of a job's events. It has no queue of its own: it holds a cursor, and takes what follows from the
 * job's tail, or from the table when it is further behind. A client that reads slowly thereby costs what one socket
 * holds, and no event is lost, doubled or out of order.
 *
 *   open → (the job's last event is sent, the server closes, the client goes) → closed
 */
import { Readable } from 'node:stream';
import { heartbeatText, retryText } from './event-text.ts';
import type { JobTail } from './job-tail.ts';

/** What may wait in the stream, beside what the socket holds, before its client counts as behind. */
const highWaterMark = 16 * 1024;

export interface EventStream {
  readonly body: Readable;
  /** Sends what the tail has that the client lacks, as far as it takes it. */
  advance(): void;
  /** Sends a comment when nothing was sent for so long. */
  keepOpen(quietForMs: number): void;
  /** Since when the client has taken nothing though there is something; null when it keeps up. */
  readonly stuckSince: number | null;
  end(): void;
}

export function openEventStream(o: {
  tail: Pick<JobTail, 'sequence' | 'isComplete' | 'progress' | 'after'>;
  /** The `sequence` that the client has seen last. */
  after: number;
  /** Events that are older than the tail's window: their text, and the sequence of the last; null when there are none. */
  readTable: (afterSequence: number) => Promise<{ readonly text: Buffer; readonly sequence: number } | null>;
  /** The table could not be read: `advance` will be called again. */
  onError: (error: unknown) => void;
  onClose: () => void;
}): EventStream {
  const { tail } = o;
  let cursor = o.after;
  let seenProgress: Buffer | null = null;
  let isReadingTable = false;
  let isDone = false;
  let lastSentAt = Date.now();
  let stuckSince: number | null = null;

  const body = new Readable({
    highWaterMark,
    read() {
      stuckSince = null;
      advance();
    },
    destroy(error, callback) {
      isDone = true;
      o.onClose();
      callback(error);
    },
  });

  function send(text: Buffer): void {
    lastSentAt = Date.now();
    if (!body.push(text)) stuckSince ??= lastSentAt;
  }

  function end(): void {
    if (isDone) return;
    isDone = true;
    body.push(null);
  }

  function advance(): void {
    while (!isDone && !isReadingTable && stuckSince === null) {
      if (tail.sequence === null) return;
      if (cursor >= tail.sequence) {
        if (tail.isComplete) end();
        else if (tail.progress !== null && tail.progress !== seenProgress) {
          seenProgress = tail.progress;
          send(tail.progress);
        }
        return;
      }
      const text = tail.after(cursor);
      if (text === null) {
        catchUp();
        return;
      }
      cursor = tail.sequence;
      send(text);
    }
  }

  function catchUp(): void {
    isReadingTable = true;
    o.readTable(cursor).then(
      (found) => {
        isReadingTable = false;
        if (isDone) return;
        if (found === null) {
          // The job was deleted meanwhile.
          end();
          return;
        }
        cursor = found.sequence;
        send(found.text);
        advance();
      },
      (error: unknown) => {
        isReadingTable = false;
        o.onError(error);
      },
    );
  }

  body.push(retryText);
  return {
    body,
    advance,
    keepOpen(quietForMs) {
      if (!isDone && stuckSince === null && Date.now() - lastSentAt >= quietForMs) send(heartbeatText);
    },
    get stuckSince() {
      return isDone ? null : stuckSince;
    },
    end,
  };
}
