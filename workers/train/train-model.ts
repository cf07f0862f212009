/** The work of a training child from order to ONNX file: prepare, train, score on the test part, export. */
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodingKeyOf, type DecodingFile } from '../../domain/models/version-files.ts';
import type { EpochMetrics, JobError } from '../../domain/training-jobs/training-job.ts';
import { opset } from '../../engine/programs/export-model.ts';
import { checkCheckpoint } from '../../engine/training/checkpoint.ts';
import { DivergedError } from '../../engine/training/optimizer-runs.ts';
import { predict } from '../../engine/training/predict.ts';
import { train, type TrainingResult } from '../../engine/training/train.ts';
import { checkpointWriter } from './checkpoint-writer.ts';
import { loadCheckpoint } from './load-checkpoint.ts';
import { checkFirstWeights, loadFirstWeights } from './load-first-weights.ts';
import { prepareTask } from './prepare-task.ts';
import type {
  DamagedCheckpoint,
  TrainedModel,
  TrainOrder,
  TrainProgress,
  WrittenCheckpoint,
} from './protocol.ts';
import { writeWeights } from './weights.ts';

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
export async function trainModel(
  order: TrainOrder,
  reporter: TrainReporter,
  now: () => number,
  stop: AbortSignal,
): Promise<TrainedModel> {
  const { specification, tablePath, threads } = order;
  const first = await loadFirstWeights(order);
  const prepared = await prepareTask(tablePath, specification, dirname(order.modelPath), first?.fitted);
  const { trainable } = prepared;
  if (first) checkFirstWeights(first, trainable);
  const expected = { trainable, training: specification.training };
  const resumeFrom = await loadCheckpoint(
    order.checkpoints.resumeFrom,
    (checkpoint) => checkCheckpoint(checkpoint, expected),
    (damaged) => reporter.checkpointDamaged(damaged),
  );
  stop.throwIfAborted();
  reporter.prepared();

  const writer = checkpointWriter({
    ...order.checkpoints,
    about: { fitted: prepared.fitted },
    onWritten: (written) => reporter.checkpoint(written),
    onFailed: (error) => reporter.checkpointFailed(error),
    now,
  });
  const result = await train({
    trainable,
    training: specification.training,
    initialization: specification.model.initialization,
    threads,
    now,
    onProgress: ({ progress, epoch, step }) => {
      reporter.progress({ progress, epoch, step });
    },
    onEpoch: (metrics, progress) => reporter.epoch(metrics, progress),
    ...(resumeFrom && { resumeFrom }),
    ...(first && { initial: first.parameters }),
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
  const {
    file,
    decodingFiles,
    card,
    exported = {},
  } = await prepared.conclude({
    parameters,
    lineage: metadata(order),
    threads,
    predict: (source, { places, evaluation = trainable.evaluation } = {}) =>
      predict({
        trainable: { evaluation },
        parameters,
        source,
        threads,
        batchSize: specification.training.batch_size,
        places,
      }),
  });
  prepared.release?.();
  await writeFile(order.modelPath, file);
  for (const [name, bytes] of Object.entries(decodingFiles ?? {}))
    await writeFile(decodingKeyOf(order.modelPath, name as DecodingFile), bytes);
  await writeWeights(order.weightsPath, { parameters, fitted: prepared.fitted, exported });

  return {
    ...card,
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
});
