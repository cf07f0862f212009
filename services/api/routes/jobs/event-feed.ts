/**
 * Everyone who watches jobs through this process. The table is the truth, and is read once for all: each job that
 * somebody listens to has one tail, and the tails that may have grown are read together, in rounds.
 *
 * A notification starts a round at once, or makes one follow the round that is under way; every `pollMs` a round looks at
 * all jobs, since notifications may be lost. Nothing is followed, heard or timed while nobody listens.
 */
import type { Readable } from 'node:stream';
import type { JobEvent } from '../../../../domain/jobs/job-event.ts';
import type { JobHead, JobLog, LogHead } from '../../../../domain/ports/job-log.ts';
import type { Notifications } from '../../../../domain/ports/notifications.ts';
import type { Report } from '../../../../domain/ports/report.ts';
import { openEventStream, type EventStream } from './event-stream.ts';
import { eventText } from './event-text.ts';
import { createJobTail, type JobTail, type ProgressText } from './job-tail.ts';

/** Events of a job that are read at a time. */
const batch = 200;

/** Jobs in one question to the table. */
const jobsAtOnce = 500;

export interface EventFeed {
  /** `cut` breaks the connection of a client that takes nothing. */
  open(o: { jobId: string; after: number; cut: () => void }): Readable;
  counts(): { readonly jobs: number; readonly listeners: number };
  /** Ends all streams: their clients come back, to another process. */
  end(): void;
}

interface Parts<Head extends LogHead> {
  readonly jobLog: JobLog<Head>;
  readonly progressText: ProgressText<Head>;
  readonly notifications: Pick<Notifications, 'listen'>;
  readonly report: Report;
  /** Between two comment lines that keep a quiet connection open. */
  readonly heartbeatMs: number;
  /** Between two looks at the table when no wake-up call comes. */
  readonly pollMs: number;
  /** A client that has taken nothing for so long, though its buffers are full, is cut off. */
  readonly stuckMs: number;
}

interface Followed<Head extends LogHead> {
  readonly tail: JobTail<Head>;
  readonly streams: Map<EventStream, { readonly cut: () => void }>;
  readonly stopListening: () => void;
}

export function openEventFeed<Head extends LogHead = JobHead>(parts: Parts<Head>): EventFeed {
  type Job = Followed<Head>;
  const { jobLog, notifications, report } = parts;
  const followed = new Map<string, Job>();
  /** Jobs to look at in the next round. */
  const pending = new Set<string>();
  let isReading = false;
  let isFailing = false;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  const failed = (error: unknown): void => {
    if (!isFailing) report('The events of jobs cannot be read', error);
    isFailing = true;
  };

  function look(jobIds: Iterable<string>): void {
    for (const id of jobIds) pending.add(id);
    if (!isReading) void readRounds();
  }

  async function readRounds(): Promise<void> {
    isReading = true;
    while (pending.size > 0) {
      const ids = new Set([...pending].slice(0, jobsAtOnce));
      for (const id of ids) pending.delete(id);
      try {
        await readTails(new Map([...followed].filter(([id]) => ids.has(id))));
        isFailing = false;
      } catch (error) {
        failed(error);
      }
    }
    isReading = false;
  }

  async function readTails(jobs: ReadonlyMap<string, Job>): Promise<void> {
    if (jobs.size === 0) return;
    // The heads first: when one says that its job has ended, the last event is in the table.
    const heads = new Map((await jobLog.heads([...jobs.keys()])).map((head) => [head.id, head]));
    let growing = [...heads.values()].filter((head) => lacks(jobs.get(head.id)!.tail, head));
    while (growing.length > 0) {
      const positions = growing.map(({ id: jobId, lastSequence }) => ({
        jobId,
        sequence: jobs.get(jobId)!.tail.readFrom(lastSequence),
      }));
      const events = await jobLog.eventsAfter(positions, batch);
      const byJob = groupByJob(events);
      // A job without the events that its head speaks of was deleted in between.
      for (const { id } of growing) if (!byJob.has(id)) heads.delete(id);
      for (const [id, news] of byJob) jobs.get(id)!.tail.append(news);
      growing = growing.filter((head) => byJob.has(head.id) && lacks(jobs.get(head.id)!.tail, head));
    }
    for (const [id, { tail, streams }] of jobs) {
      tail.settle(heads.get(id));
      for (const stream of streams.keys()) stream.advance();
    }
  }

  function tick(): void {
    const now = Date.now();
    for (const [jobId, { streams }] of followed)
      for (const [stream, { cut }] of streams) {
        stream.keepOpen(parts.heartbeatMs);
        if (stream.stuckSince === null || now - stream.stuckSince < parts.stuckMs) continue;
        report(`A listener to ${jobId} is cut off`, new Error(`it took nothing for ${parts.stuckMs} ms`));
        cut();
      }
    look(followed.keys());
  }

  function follow(jobId: string): Job {
    const listening = notifications
      .listen(`job-events:${jobId}`, () => look([jobId]))
      .catch((error: unknown) => {
        report(`The events of ${jobId} are polled`, error);
        return undefined;
      });
    const job: Job = {
      tail: createJobTail(parts.progressText),
      streams: new Map(),
      stopListening: () =>
        void listening
          .then((stop) => stop?.())
          .catch((error: unknown) => report(`The listener for ${jobId} is left behind`, error)),
    };
    followed.set(jobId, job);
    timer ??= setInterval(tick, Math.min(parts.pollMs, parts.heartbeatMs));
    // Not only when the subscription stands: what it misses before is seen by the round that follows it.
    look([jobId]);
    void listening.then(() => look([jobId]));
    return job;
  }

  function leave(jobId: string, job: Job, stream: EventStream): void {
    job.streams.delete(stream);
    if (job.streams.size > 0 || followed.get(jobId) !== job) return;
    followed.delete(jobId);
    job.stopListening();
    if (followed.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    open({ jobId, after, cut }) {
      const job = followed.get(jobId) ?? follow(jobId);
      const stream: EventStream = openEventStream({
        tail: job.tail,
        after,
        async readTable(sequence) {
          const events = await jobLog.eventsAfter([{ jobId, sequence }], batch);
          const last = events.at(-1);
          return last === undefined
            ? null
            : { text: Buffer.concat(events.map(eventText)), sequence: last.sequence };
        },
        onError: failed,
        onClose: () => leave(jobId, job, stream),
      });
      job.streams.set(stream, { cut });
      // Its request had come before, and asked the table meanwhile.
      if (hasEnded) stream.end();
      else stream.advance();
      return stream.body;
    },
    counts: () => ({
      jobs: followed.size,
      listeners: [...followed.values()].reduce((sum, { streams }) => sum + streams.size, 0),
    }),
    end() {
      hasEnded = true;
      for (const { streams } of followed.values()) for (const stream of streams.keys()) stream.end();
    },
  };
}

/** Whether the log goes on after what was read of it. */
const lacks = ({ sequence }: Pick<JobTail, 'sequence'>, head: LogHead): boolean =>
  sequence === null ? head.lastSequence > 0 : head.lastSequence > sequence;

function groupByJob(events: readonly JobEvent[]): Map<string, JobEvent[]> {
  const groups = new Map<string, JobEvent[]>();
  for (const event of events) {
    const group = groups.get(event.jobId);
    if (group === undefined) groups.set(event.jobId, [event]);
    else group.push(event);
  }
  return groups;
}
