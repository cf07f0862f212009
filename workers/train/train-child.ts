/**
 * One attempt at a training job, in a child process: starts it, passes its reports on, and says how it ended. Whatever
 * way it ends, the process is gone when the promise resolves.
 */
import type { EpochMetrics, JobError } from '../../domain/training-jobs/training-job.ts';
import { startChild, type ChildExit } from '../runtime/child-process.ts';
import { errorFromExit } from './job-errors.ts';
import type { EpochRecorded, TrainedModel, TrainOrder, TrainProgress, TrainReport } from './protocol.ts';

export type AttemptEnd =
  | { readonly status: 'finished'; readonly model: TrainedModel }
  | { readonly status: 'failed'; readonly error: JobError; readonly log: string }
  /** Ended from outside; `error` is what to say when it is given up. */
  | { readonly status: 'killed'; readonly error: JobError; readonly log: string }
  | { readonly status: 'interrupted' };

export interface AttemptListener {
  /** Throws or rejects to end the attempt. Called in order, one at a time. */
  onPrepared: () => Promise<void>;
  onEpoch: (metrics: EpochMetrics, progress: number) => Promise<void>;
  onProgress: (progress: TrainProgress) => void;
}

/** How long a child that has said its last word may take to end. */
const farewellMs = 2000;

/** Rejects with what a listener threw; the child is gone then too. */
export async function trainInChild(
  o: { entry: URL; order: TrainOrder; heapMegabytes: number; interrupt: AbortSignal } & AttemptListener,
): Promise<AttemptEnd> {
  if (o.interrupt.aborted) return { status: 'interrupted' };
  let last: Extract<TrainReport, { type: 'finished' | 'failed' }> | undefined;
  let listenerError: { readonly error: unknown } | undefined;
  // Reports that are written to the database queue up here, so that they are done in order.
  let writing: Promise<void> = Promise.resolve();

  const write = (step: () => Promise<void>): void => {
    writing = writing.then(async () => {
      if (listenerError !== undefined || o.interrupt.aborted) return;
      try {
        await step();
      } catch (error) {
        listenerError = { error };
        await child.kill();
      }
    });
  };

  const child = startChild<TrainOrder | EpochRecorded, TrainReport>({
    entry: o.entry,
    heapMegabytes: o.heapMegabytes,
    onReport(report) {
      switch (report.type) {
        case 'prepared':
          write(o.onPrepared);
          break;
        case 'progress':
          o.onProgress({ progress: report.progress, epoch: report.epoch, step: report.step });
          break;
        case 'epoch':
          write(async () => {
            await o.onEpoch(report.metrics, report.progress);
            child.send({ type: 'recorded' });
          });
          break;
        case 'finished':
        case 'failed':
          last = report;
          setTimeout(() => void child.kill(), farewellMs).unref();
          break;
      }
    },
  });
  const onInterrupt = (): void => void child.kill();
  o.interrupt.addEventListener('abort', onInterrupt, { once: true });
  child.send(o.order);

  const exit = await child.ended;
  o.interrupt.removeEventListener('abort', onInterrupt);
  await writing;
  if (listenerError !== undefined) throw listenerError.error;
  if (o.interrupt.aborted) return { status: 'interrupted' };
  return endOf(last, exit);
}

function endOf(last: TrainReport | undefined, exit: ChildExit): AttemptEnd {
  if (last?.type === 'finished') return { status: 'finished', model: last.model };
  if (last?.type === 'failed') return { status: 'failed', error: last.error, log: last.log };
  const { killed, error } = errorFromExit(exit);
  const log = `exit code ${exit.code ?? 'none'}, signal ${exit.signal ?? 'none'}\n${exit.stderr}`;
  return { status: killed ? 'killed' : 'failed', error, log };
}
