/**
 * One attempt at a training job, in a child process: starts it, passes its reports on, and says how it ended. Whatever
 * way it ends, the process is gone when the promise resolves.
 */
import type { JobError } from '../../domain/training-jobs/training-job.ts';
import { startChild, type ChildExit } from '../runtime/child-process.ts';
import { describeExit } from '../runtime/failure-cause.ts';
import { errorFromExit } from './job-errors.ts';
import type {
  DamagedCheckpoint,
  TrainedEpoch,
  TrainedModel,
  TrainMessage,
  TrainOrder,
  TrainProgress,
  TrainReport,
  WrittenCheckpoint,
} from './protocol.ts';

export type AttemptEnd =
  | { readonly status: 'finished'; readonly model: TrainedModel }
  | { readonly status: 'failed'; readonly error: JobError; readonly log: string }
  /** Ended from outside; `error` is what to say when it is given up. */
  | { readonly status: 'killed'; readonly error: JobError; readonly log: string }
  /** It was asked to stop: it has written down where it stood, or was ended because that took too long. */
  | { readonly status: 'stopped' }
  | { readonly status: 'interrupted' };

export interface AttemptListener {
  /** Throws or rejects to end the attempt. Called in order, one at a time. */
  onPrepared: () => Promise<void>;
  /** All that have come while the last call was under way, so that short epochs need not wait for long writes. */
  onEpochs: (epochs: readonly TrainedEpoch[]) => Promise<void>;
  onProgress: (progress: TrainProgress) => void;
  /** The file is the listener's. */
  onCheckpoint: (checkpoint: WrittenCheckpoint) => Promise<void>;
  onCheckpointFailed: (error: JobError) => Promise<void>;
  onCheckpointDamaged: (damaged: DamagedCheckpoint) => Promise<void>;
}

type LastReport = Extract<TrainReport, { type: 'finished' | 'failed' | 'stopped' }>;

/** How long a child that has said its last word may take to end. */
const farewellMs = 2000;

interface Attempt {
  readonly entry: URL;
  readonly order: TrainOrder;
  readonly heapMegabytes: number;
  /** Ends the child at once; nothing that it reports is written any more. */
  readonly interrupt: AbortSignal;
  /** Asks the child to write down where it stands and to end, and ends it when that takes longer than `stopWithinMs`. */
  readonly stop: AbortSignal;
  readonly stopWithinMs: number;
}

/** Rejects with what a listener threw; the child is gone then too. */
export async function trainInChild(o: Attempt & AttemptListener): Promise<AttemptEnd> {
  const isInterrupted = (): boolean => o.interrupt.aborted;
  if (isInterrupted()) return { status: 'interrupted' };
  if (o.stop.aborted) return { status: 'stopped' };
  const state: { last?: LastReport; listenerError?: { readonly error: unknown } } = {};
  // Reports that are written to the database queue up here, so that they are done in order.
  let writing: Promise<void> = Promise.resolve();
  const epochs: TrainedEpoch[] = [];

  const write = (step: () => Promise<void>): void => {
    writing = writing.then(async () => {
      if (state.listenerError !== undefined || isInterrupted()) return;
      try {
        await step();
      } catch (error) {
        state.listenerError = { error };
        await child.kill();
      }
    });
  };

  const child = startChild<TrainOrder | TrainMessage>({
    entry: o.entry,
    heapMegabytes: o.heapMegabytes,
    onReport(message) {
      const report = message as TrainReport;
      switch (report.type) {
        case 'prepared':
          write(o.onPrepared);
          break;
        case 'progress':
          o.onProgress({ progress: report.progress, epoch: report.epoch, step: report.step });
          break;
        case 'epoch':
          // The write that is already queued up takes it along.
          if (epochs.push({ metrics: report.metrics, progress: report.progress }) > 1) break;
          write(async () => {
            const taken = epochs.splice(0);
            await o.onEpochs(taken);
            child.send({ type: 'recorded', epochs: taken.length });
          });
          break;
        case 'checkpoint':
          write(async () => {
            await o.onCheckpoint(report);
            child.send({ type: 'checkpoint_taken' });
          });
          break;
        case 'checkpoint_failed':
          write(() => o.onCheckpointFailed(report.error));
          break;
        case 'checkpoint_damaged':
          write(() => o.onCheckpointDamaged(report));
          break;
        case 'finished':
        case 'failed':
        case 'stopped':
          state.last = report;
          setTimeout(() => void child.kill(), farewellMs).unref();
          break;
      }
    },
  });
  const onInterrupt = (): void => void child.kill();
  o.interrupt.addEventListener('abort', onInterrupt, { once: true });
  let tooLong: NodeJS.Timeout | undefined;
  const onStop = (): void => {
    child.send({ type: 'stop' });
    tooLong = setTimeout(() => void child.kill(), o.stopWithinMs);
  };
  o.stop.addEventListener('abort', onStop, { once: true });
  child.send(o.order);

  const exit = await child.ended;
  clearTimeout(tooLong);
  o.interrupt.removeEventListener('abort', onInterrupt);
  o.stop.removeEventListener('abort', onStop);
  await writing;
  if (state.listenerError !== undefined) throw state.listenerError.error;
  if (isInterrupted()) return { status: 'interrupted' };
  return endOf(state.last, exit, o.stop.aborted);
}

function endOf(last: LastReport | undefined, exit: ChildExit, toldToStop: boolean): AttemptEnd {
  if (last?.type === 'finished') return { status: 'finished', model: last.model };
  if (last?.type === 'stopped') return { status: 'stopped' };
  if (last?.type === 'failed') return { status: 'failed', error: last.error, log: last.log };
  // Ended for its slowness, or by someone else meanwhile: its last checkpoint counts.
  if (toldToStop && exit.signal !== null) return { status: 'stopped' };
  const { killed, error } = errorFromExit(exit);
  const log = describeExit(exit);
  return { status: killed ? 'killed' : 'failed', error, log };
}
