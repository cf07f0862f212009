/** The work of a training child from order to ONNX file: prepare, train, score on the test part, export. */
import { writeFile } from 'node:fs/promises';
import { prepareForecast } from '../../datasets/forecasting/prepare.ts';
import type { EpochMetrics, JobError } from '../../domain/training-jobs/training-job.ts';
import { exportModel, opset } from '../../engine/programs/export-model.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import { checkCheckpoint } from '../../engine/training/checkpoint.ts';
import { DivergedError } from '../../engine/training/optimizer-steps.ts';
import { predict } from '../../engine/training/predict.ts';
import { train, type TrainingResult } from '../../engine/training/train.ts';
import { checkpointWriter } from './checkpoint-writer.ts';
import { loadCheckpoint } from './load-checkpoint.ts';
import type {
  DamagedCheckpoint,
  TrainedModel,
  TrainOrder,
  TrainProgress,
  WrittenCheckpoint,
} from './protocol.ts';

export interface TrainReporter {
  /** The data is read and fits; training begins. */
  prepared(): void;
  progress(progress: TrainProgress): void;
  /** Training waits for it: the curves must not run far ahead of what has been recorded. */
  epoch(metrics: EpochMetrics, progress: number): Promise<void>;
  /** Resolves when the worker has taken it. */
  checkpoint(written: WrittenCheckpoint): Promise<void>;
  checkpointFailed(error: JobError): void;
  checkpointDamaged(damaged: DamagedCheckpoint): void;
}

/**
 * @param stop - when it is aborted, training ends at its next boundary with a checkpoint, and the signal's reason is thrown;
 *   what comes after training is done all the same
 */
export async function trainForecast(
  order: TrainOrder,
  reporter: TrainReporter,
  now: () => number,
  stop: AbortSignal,
): Promise<TrainedModel> {
  const { specification, tablePath, threads } = order;
  const prepared = await prepareForecast({ tablePath, specification });
  const { training, validation, test } = prepared.parts;
  const network = networkShape(specification.architecture, specification.model, training);
  const expected = { network, training: specification.training, parts: { training } };
  const resumeFrom = await loadCheckpoint(
    order.checkpoints.resumeFrom,
    (checkpoint) => checkCheckpoint(checkpoint, expected),
    (damaged) => reporter.checkpointDamaged(damaged),
  );
  stop.throwIfAborted();
  reporter.prepared();

  const writer = checkpointWriter({
    ...order.checkpoints,
    about: {},
    onWritten: (written) => reporter.checkpoint(written),
    onFailed: (error) => reporter.checkpointFailed(error),
    now,
  });
  const result = await train({
    network,
    loss: specification.output.loss,
    training: specification.training,
    initialization: specification.model.initialization,
    parts: { training, validation },
    threads,
    now,
    onProgress: ({ progress, epoch, step }) => {
      reporter.progress({ progress, epoch, step });
    },
    onEpoch: (metrics, progress) => reporter.epoch(metrics, progress),
    ...(resumeFrom && { resumeFrom }),
    onBoundary: (checkpoint) => writer.reached(checkpoint),
    signal: stop,
  }).catch((error: unknown): TrainingResult => {
    // Where it stands, or stood last before it diverged.
    if (stop.aborted || error instanceof DivergedError) writer.writeLast();
    throw error;
  });
  if (stop.aborted) writer.writeLast();
  else stop.addEventListener('abort', () => writer.writeLast());

  const { parameters } = result;
  const predictions = await predict({
    network,
    parameters,
    source: test,
    threads,
    batchSize: specification.training.batch_size,
  });
  const model = exportModel({
    network,
    parameters,
    horizon: specification.data.window.horizon,
    inputScaling: prepared.inputScaling,
    outputScaling: prepared.outputScaling,
    metadata: metadata(order),
  });
  await writeFile(order.modelPath, model);

  return {
    parts: {
      training_windows: training.count,
      validation_windows: validation.count,
      test_windows: test.count,
      series: prepared.series,
    },
    frequency: prepared.frequency,
    held_out: prepared.scoreTest(predictions),
    training: {
      epochs: result.epochs,
      best_epoch: result.bestEpoch,
      best_validation_loss: result.bestValidationLoss,
      stopped: result.stopped,
      seconds: result.seconds,
      parameter_count: result.parameterCount,
    },
    opset,
  };
}

/** Schema and lineage that travel inside the file. Nothing of the job: the same training makes the same bytes. */
const metadata = ({ specification, lineage }: TrainOrder): Record<string, string> => ({
  'unroll.version': lineage.unrollVersion,
  'unroll.dataset': JSON.stringify(lineage.dataset),
  'unroll.specification': JSON.stringify(specification),
  'unroll.inputs': JSON.stringify(specification.data.inputs.map(({ column }) => column)),
  'unroll.targets': JSON.stringify(specification.data.targets.map(({ column }) => column)),
  'unroll.horizon': String(specification.data.window.horizon),
  'unroll.window_length': String(specification.data.window.length),
});
