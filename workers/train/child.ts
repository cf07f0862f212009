/** Entry of the training child process: ONNX Runtime blocks its thread, so the numbers are crunched here. */
import { setPriority } from 'node:os';
import { takeDenormalsForZero } from '../../engine/runtime/denormals.ts';
import { DivergedError } from '../../engine/training/optimizer-runs.ts';
import { report, serveWorker } from '../runtime/child-entry.ts';
import { diverged, errorFromException } from './job-errors.ts';
import type { TrainMessage, TrainOrder, TrainReport } from './protocol.ts';
import { trainModel } from './train-model.ts';

/** Training gives way to the services on the same machine. */
const niceness = 5;
/** How many epochs may be trained before the worker has recorded them. */
const epochsAhead = 64;

const send = (message: TrainReport): Promise<void> => report(message);
/** Why training ends before its time. */
const stopped = new Error('the worker asks for an end');
const stop = new AbortController();
let unrecorded = 0;
let goOn: (() => void) | undefined;
let checkpointTaken: (() => void) | undefined;

async function work(order: TrainOrder): Promise<void> {
  setPriority(niceness);
  takeDenormalsForZero();
  let reading = true;
  try {
    const model = await trainModel(
      order,
      {
        prepared() {
          reading = false;
          void send({ type: 'prepared' });
        },
        progress: (progress) => void send({ type: 'progress', ...progress }),
        async epoch(metrics, progress) {
          await send({ type: 'epoch', metrics, progress });
          unrecorded++;
          if (unrecorded > epochsAhead && !stop.signal.aborted)
            await new Promise<void>((resolve) => {
              goOn = resolve;
            });
        },
        async checkpoint(written) {
          const taken = new Promise<void>((resolve) => {
            checkpointTaken = resolve;
          });
          await send({ type: 'checkpoint', ...written });
          await taken;
        },
        checkpointFailed: (error) => void send({ type: 'checkpoint_failed', error }),
        checkpointDamaged: (damaged) => void send({ type: 'checkpoint_damaged', ...damaged }),
      },
      () => performance.now(),
      stop.signal,
    );
    await send({ type: 'finished', model });
  } catch (error) {
    await send(lastReport(error, order, reading));
  }
}

function lastReport(error: unknown, { specification }: TrainOrder, reading: boolean): TrainReport {
  if (error === stopped) return { type: 'stopped' };
  return {
    type: 'failed',
    error:
      error instanceof DivergedError
        ? diverged(error.step, specification.training.optimizer.learning_rate)
        : errorFromException(error, { reading }),
    log: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

/** What the worker says after its order. */
function onMessage(message: TrainMessage): void {
  switch (message.type) {
    case 'recorded':
      unrecorded -= message.epochs;
      if (unrecorded <= epochsAhead) goOn?.();
      break;
    case 'checkpoint_taken':
      checkpointTaken?.();
      break;
    case 'stop':
      stop.abort(stopped);
      goOn?.();
      break;
  }
}

serveWorker(
  (order) => work(order as TrainOrder),
  (message) => {
    onMessage(message as TrainMessage);
  },
);
