/** Entry of the training child process: ONNX Runtime blocks its thread, so the numbers are crunched here. */
import { setPriority } from 'node:os';
import { DivergedError } from '../../engine/training/optimizer-steps.ts';
import { report, serveWorker } from '../runtime/child-entry.ts';
import { diverged, errorFromException } from './job-errors.ts';
import type { EpochsRecorded, TrainOrder, TrainReport } from './protocol.ts';
import { trainForecast } from './train-forecast.ts';

/** Training gives way to the services on the same machine. */
const niceness = 5;
/** How many epochs may be trained before the worker has recorded them. */
const epochsAhead = 64;

const send = (message: TrainReport): Promise<void> => report(message);
let unrecorded = 0;
let resume: (() => void) | undefined;

async function work(order: TrainOrder): Promise<void> {
  setPriority(niceness);
  let reading = true;
  try {
    const model = await trainForecast(
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
          if (unrecorded > epochsAhead)
            await new Promise<void>((resolve) => {
              resume = resolve;
            });
        },
      },
      () => performance.now(),
    );
    await send({ type: 'finished', model });
  } catch (error) {
    await send({
      type: 'failed',
      error:
        error instanceof DivergedError
          ? diverged(error.step, order.specification.training.optimizer.learning_rate)
          : errorFromException(error, { reading }),
      log: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

/** The only message after the order. */
function onRecorded({ epochs }: EpochsRecorded): void {
  unrecorded -= epochs;
  if (unrecorded <= epochsAhead) resume?.();
}

serveWorker(
  (order) => work(order as TrainOrder),
  (message) => onRecorded(message as EpochsRecorded),
);
