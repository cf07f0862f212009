/** A model version as the train worker would leave it, with a small network whose numbers mean nothing: quick to make. */
import { randomBytes } from 'node:crypto';
import { channelCount, windowFrame } from '../../datasets/features/window-frame.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { ForecastCard } from '../../domain/models/forecast-card.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import { exportModel } from '../../engine/programs/export-model.ts';
import { parameterCountOf } from '../../engine/programs/parameter-count.ts';
import { forecastNetwork } from '../../engine/spec/forecast-network.ts';
import type { FittedScaling } from '../../engine/spec/scaling.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import { quantileLevels, regressionLoss } from '../../engine/spec/regression.ts';
import type { HttpService } from './http-service.ts';
import { publishedVersion } from './published-version.ts';

interface Asked {
  readonly datasetId: string;
  readonly name: string;
  readonly specification: object;
  readonly frequency: ForecastCard['frequency'];
  /** The file's own bytes; by default a network of the specification's shape. */
  readonly file?: Uint8Array;
  /** Of the weights beside the file: none, or as they were before calibrations were kept. */
  readonly weights?: 'none' | 'old';
  /** Series with a scale of their own. */
  readonly seriesKeys?: readonly string[];
}

const scores = { mae: 1, rmse: 1, mase: 1 };

export async function trainedModel(service: HttpService, asked: Asked): Promise<ModelVersion> {
  const specification = resolveSpecification(asked.specification) as ForecastSpecification;
  const { data, output } = specification;
  const frame = windowFrame({ inputs: data.inputs, targets: data.targets, missing: data.missing });
  const network = forecastNetwork(specification, channelCount(frame, data.window.horizon, []));
  const scaling = (columns: number) => ({
    mean: new Array<number>(columns).fill(10),
    std: new Array<number>(columns).fill(2),
  });
  const parameters = Float32Array.from(
    { length: parameterCountOf(network) },
    (_, index) => 0.3 * Math.sin(index),
  );
  const { seriesKeys } = asked;
  const perSeries = (columns: number): FittedScaling => ({
    ...scaling(columns),
    ...(seriesKeys && {
      series: seriesKeys.map((_key, index) => ({
        mean: new Array<number>(columns).fill(8 + index),
        std: new Array<number>(columns).fill(2 + index),
      })),
    }),
  });
  const [inputScaling, outputScaling] = [perSeries(frame.scaled.length), perSeries(data.targets.length)];
  const levels = quantileLevels(output);
  const calibration =
    output.calibration === 'conformal' && levels.length > 0
      ? levels.map((level) => data.targets.map(() => level - 0.5))
      : undefined;
  const file =
    asked.file ??
    exportModel({
      network,
      parameters,
      horizon: data.window.horizon,
      inputScaling,
      outputScaling,
      ahead: frame.ahead,
      forecast: { loss: regressionLoss(output), levels, calibration },
      metadata: { nonce: randomBytes(4).toString('hex') },
    });

  return publishedVersion(service, {
    datasetId: asked.datasetId,
    name: asked.name,
    specification,
    file,
    weights:
      asked.weights === 'none'
        ? null
        : {
            parameters,
            fitted: { inputScaling, outputScaling, ...(seriesKeys && { seriesKeys }) },
            ...(asked.weights !== 'old' && { exported: { ...(calibration && { calibration }) } }),
          },
    card: {
      task: 'forecast',
      parts: { training_windows: 10, validation_windows: 5, test_windows: 5, series: 1 },
      frequency: asked.frequency,
      ...(seriesKeys && { features: { series: [...seriesKeys] } }),
      held_out: {
        model: scores,
        baseline: scores,
        baseline_name: 'seasonal_naive',
        seasonality: 7,
        by_target: Object.fromEntries(
          data.targets.map(({ column }) => [column, { model: scores, baseline: scores }]),
        ),
      },
    },
  });
}
