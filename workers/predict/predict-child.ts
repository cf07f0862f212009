/** One order in a child process: starts it, passes its chunks on one at a time, and says how it ended. The process is gone when the promise resolves. */
import type { BatchPredictionError } from '../../domain/batch-predictions/batch-prediction.ts';
import { startChild } from '../runtime/child-process.ts';
import { describeExit } from '../runtime/failure-cause.ts';
import { errorFromExit } from './predict-errors.ts';
import type { FinishOrder, PredictMessage, PredictOrder, PredictReport, WrittenChunk } from './protocol.ts';

/** Rows and answers are forgotten as soon as they are written: a sixth of the processor time went into sweeping them in small lots. */
const youngMegabytes = 32;

export type ChildEnd =
  | Extract<PredictReport, { type: 'predicted' | 'finished' | 'failed' }>
  /** Ended from outside; `error` is what to say when it is given up. */
  | { readonly type: 'killed'; readonly error: BatchPredictionError; readonly log: string }
  | { readonly type: 'interrupted' };

/** Rejects with what `onChunk` threw; the child is gone then too. */
export async function orderFromChild(o: {
  readonly entry: URL;
  readonly heapMegabytes: number;
  readonly order: PredictOrder | FinishOrder;
  /** Ends the child at once. */
  readonly interrupt: AbortSignal;
  /** The file is the listener's. False: the child is to end. */
  readonly onChunk?: (chunk: WrittenChunk) => Promise<boolean>;
}): Promise<ChildEnd> {
  const isInterrupted = (): boolean => o.interrupt.aborted;
  if (isInterrupted()) return { type: 'interrupted' };
  const heard: { last?: ChildEnd; failure?: { readonly error: unknown } } = {};
  let taking: Promise<void> = Promise.resolve();
  const child = startChild<PredictOrder | FinishOrder | PredictMessage>({
    entry: o.entry,
    heapMegabytes: o.heapMegabytes,
    youngMegabytes,
    onReport(message) {
      const report = message as PredictReport;
      if (report.type !== 'chunk') {
        heard.last = report;
        return;
      }
      taking = (async () => {
        try {
          if (await o.onChunk?.(report)) child.send({ type: 'taken' });
          else await child.kill();
        } catch (error) {
          heard.failure = { error };
          await child.kill();
        }
      })();
    },
  });
  const onInterrupt = (): void => void child.kill();
  o.interrupt.addEventListener('abort', onInterrupt, { once: true });
  child.send(o.order);
  const exit = await child.ended;
  o.interrupt.removeEventListener('abort', onInterrupt);
  await taking;
  if (heard.failure !== undefined) throw heard.failure.error;
  if (heard.last !== undefined) return heard.last;
  if (isInterrupted()) return { type: 'interrupted' };
  const { killed, error } = errorFromExit(exit);
  const log = describeExit(exit);
  return killed ? { type: 'killed', error, log } : { type: 'failed', error, log };
}
