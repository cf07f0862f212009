/**
 * A job's events as they happen, for Server-Sent Events. The table is the truth: the stream reads it from where the
 * client left off, is woken by notifications, and looks again now and then in case one was lost. It ends after the
 * job's last event. Progress between events is sent too, without an id, since it is not in the durable log.
 */
import { isEnded, type TrainingJob } from '../../../../domain/training-jobs/training-job.ts';
import type { ApiParts } from '../../parts.ts';
import { estimatedFinish, presentEvent } from './present.ts';

type StreamParts = Pick<ApiParts, 'trainingJobs' | 'notifications' | 'eventStreams' | 'report'>;

interface Follow {
  readonly jobId: string;
  /** The `sequence` that the client has seen last. */
  readonly after: number;
  /** Aborted when the client is gone or the server closes. */
  readonly signal: AbortSignal;
}

/** Events read from the table at a time. */
const batch = 200;

/** The text of an event stream (WHATWG HTML, 9.2), piece by piece. */
export async function* followEvents(
  parts: StreamParts,
  { jobId, after, signal }: Follow,
): AsyncGenerator<string> {
  const wakeUps = wakeUpCalls(signal);
  // A stream without wake-up calls is late by a poll at most: Redis need not be there.
  const stopListening = await parts.notifications
    .listen(`job-events:${jobId}`, wakeUps.call)
    .catch((error: unknown) => {
      parts.report(`The events of ${jobId} are polled`, error);
      return null;
    });
  try {
    yield 'retry: 1000\n\n';
    const isOpen = (): boolean => !signal.aborted;
    let sequence = after;
    let lastProgress = '';
    let quietSince = Date.now();
    while (isOpen()) {
      // The job first: when it has ended, its last event is in the table by then.
      const job = await parts.trainingJobs.find(jobId);
      for (let read = batch; read === batch && isOpen();) {
        const events = await parts.trainingJobs.events(jobId, { afterSequence: sequence, limit: batch });
        read = events.length;
        for (const event of events) {
          yield `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(presentEvent(event))}\n\n`;
          sequence = event.sequence;
          quietSince = Date.now();
        }
      }
      if (job === null || isEnded(job.status)) return;

      const progress = JSON.stringify(presentProgress(job));
      if (job.status === 'running' && progress !== lastProgress) {
        lastProgress = progress;
        quietSince = Date.now();
        yield `event: training_job.progress\ndata: ${progress}\n\n`;
      }
      if (Date.now() - quietSince >= parts.eventStreams.heartbeatMs) {
        quietSince = Date.now();
        yield ': still here\n\n';
      }
      await wakeUps.next(Math.min(parts.eventStreams.pollMs, parts.eventStreams.heartbeatMs));
    }
  } finally {
    await stopListening?.().catch((error: unknown) =>
      parts.report(`The listener for ${jobId} is left behind`, error),
    );
  }
}

const presentProgress = (job: TrainingJob) => ({
  status: job.status,
  progress: job.progress,
  epoch: job.epoch,
  step: job.step,
  estimated_finish_at: estimatedFinish(job)?.toISOString() ?? null,
});

/** Calls that come while nobody waits are kept: the next wait returns at once. */
function wakeUpCalls(signal: AbortSignal): { call: () => void; next: (timeoutMs: number) => Promise<void> } {
  let called = false;
  let wake: (() => void) | null = null;
  const call = (): void => {
    called = true;
    wake?.();
  };
  signal.addEventListener('abort', call, { once: true });
  return {
    call,
    next: async (timeoutMs) => {
      if (!called) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = null;
      called = false;
    },
  };
}
