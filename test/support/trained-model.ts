/** A model version as the train worker would leave it, with a small network whose numbers mean nothing: quick to make. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { ForecastCard } from '../../domain/models/forecast-card.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import { exportModel } from '../../engine/programs/export-model.ts';
import { parameterCountOf } from '../../engine/programs/parameter-count.ts';
import { forecastNetwork } from '../../engine/spec/forecast-network.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import { quantileLevels, regressionLoss } from '../../engine/spec/regression.ts';
import type { HttpService } from './http-service.ts';

interface Asked {
  readonly datasetId: string;
  readonly name: string;
  readonly specification: object;
  readonly frequency: ForecastCard['frequency'];
  /** The file's own bytes; by default a network of the specification's shape. */
  readonly file?: Uint8Array;
}

const scores = { mae: 1, rmse: 1, mase: 1 };

export async function trainedModel(service: HttpService, asked: Asked): Promise<ModelVersion> {
  const specification = resolveSpecification(asked.specification) as ForecastSpecification;
  const { architecture, data, output } = specification;
  const network = forecastNetwork(specification, data.inputs.length);
  const scaling = (columns: number) => ({
    mean: new Array<number>(columns).fill(10),
    std: new Array<number>(columns).fill(2),
  });
  const file =
    asked.file ??
    exportModel({
      network,
      parameters: Float32Array.from(
        { length: parameterCountOf(network) },
        (_, index) => 0.3 * Math.sin(index),
      ),
      horizon: data.window.horizon,
      inputScaling: scaling(data.inputs.length),
      outputScaling: scaling(data.targets.length),
      forecast: { loss: regressionLoss(output), levels: quantileLevels(output) },
      metadata: { nonce: randomBytes(4).toString('hex') },
    });

  const job = await service.database.trainingJobs.create({
    id: service.parts.newId('job'),
    datasetId: asked.datasetId,
    architecture,
    specification,
    modelName: asked.name,
  });
  const { lease } = await service.start(job!.id);
  const storageKey = `models/${job!.id}/model.onnx`;
  const { bytes, sha256 } = await service.parts.storage.put(storageKey, Readable.from([file]));
  expect(sha256).toBe(createHash('sha256').update(file).digest('hex'));
  const version = await service.database.trainingJobs.succeed(lease, {
    storageKey,
    bytes,
    sha256,
    card: {
      task: 'forecast',
      specification,
      dataset: { id: asked.datasetId, name: 'numbers', sha256, row_count: 200 },
      parts: { training_windows: 10, validation_windows: 5, test_windows: 5, series: 1 },
      frequency: asked.frequency,
      held_out: {
        model: scores,
        baseline: scores,
        baseline_name: 'seasonal_naive',
        seasonality: 7,
        by_target: Object.fromEntries(
          data.targets.map(({ column }) => [column, { model: scores, baseline: scores }]),
        ),
      },
      training: {
        epochs: 3,
        best_epoch: 2,
        best_validation_loss: 0.5,
        stopped: 'epochs',
        seconds: 1,
        parameter_count: 127,
      },
      file: { bytes, sha256, opset: 17 },
      lineage: { job_id: job!.id, unroll_version: '0.0.0', created_at: new Date().toISOString() },
    },
  });
  return version!;
}
