/** The work of a training child from order to ONNX file: prepare, train, score on the test part, export. */
import { writeFile } from 'node:fs/promises';
import { prepareForecast } from '../../datasets/forecasting/prepare.ts';
import type { EpochMetrics } from '../../domain/training-jobs/training-job.ts';
import { exportModel, opset } from '../../engine/programs/export-model.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import { predict } from '../../engine/training/predict.ts';
import { train } from '../../engine/training/train.ts';
import type { TrainedModel, TrainOrder, TrainProgress } from './protocol.ts';

export interface TrainReporter {
  /** The data is read and fits; training begins. */
  prepared(): void;
  progress(progress: TrainProgress): void;
  /** Training waits for it: the curves must not run far ahead of what has been recorded. */
  epoch(metrics: EpochMetrics, progress: number): Promise<void>;
}

export async function trainForecast(
  order: TrainOrder,
  reporter: TrainReporter,
  now: () => number,
): Promise<TrainedModel> {
  const { specification, tablePath, threads } = order;
  const prepared = await prepareForecast({ tablePath, specification });
  const { training, validation, test } = prepared.parts;
  const network = networkShape(specification.architecture, specification.model, training);
  reporter.prepared();

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
  });

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

/** Schema and lineage that travel inside the file. No times: the same job makes the same bytes. */
const metadata = ({ specification, lineage }: TrainOrder): Record<string, string> => ({
  'unroll.version': lineage.unrollVersion,
  'unroll.job_id': lineage.jobId,
  'unroll.dataset': JSON.stringify(lineage.dataset),
  'unroll.specification': JSON.stringify(specification),
  'unroll.inputs': JSON.stringify(specification.data.inputs.map(({ column }) => column)),
  'unroll.targets': JSON.stringify(specification.data.targets.map(({ column }) => column)),
  'unroll.horizon': String(specification.data.window.horizon),
  'unroll.window_length': String(specification.data.window.length),
});
