/** Entry of the predicting child process: ONNX Runtime blocks its thread, so the numbers are crunched here. */
import { setPriority } from 'node:os';
import { report, serveWorker } from '../runtime/child-entry.ts';
import { finishResult } from './finish-result.ts';
import { predictChunks } from './predict-chunks.ts';
import { errorFromException } from './predict-errors.ts';
import type { FinishOrder, PredictOrder, PredictReport } from './protocol.ts';

/** Batches give way to the services on the same machine. */
const niceness = 5;

const sessionThread = new URL('../../services/inference/sessions/thread.js', import.meta.url);

const send = (message: PredictReport): Promise<void> => report(message);
let taken: (() => void) | undefined;

async function work(order: PredictOrder | FinishOrder): Promise<void> {
  setPriority(niceness);
  try {
    if (order.kind === 'finish') {
      const { rowCount, columns } = await finishResult(order);
      await send({ type: 'finished', rowCount, columns });
      return;
    }
    await predictChunks(order, sessionThread, async (chunk) => {
      const isTaken = new Promise<void>((resolve) => {
        taken = resolve;
      });
      await send({ type: 'chunk', ...chunk });
      await isTaken;
    });
    await send({ type: 'predicted' });
  } catch (error) {
    await send({
      type: 'failed',
      error: errorFromException(error),
      log: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

serveWorker(
  (order) => work(order as PredictOrder | FinishOrder),
  () => taken?.(),
);
