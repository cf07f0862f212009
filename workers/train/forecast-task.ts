/** Forecasts: windows of series in, their future out. */
import type { FittedForecast } from '../../datasets/forecasting/contract.ts';
import { embeddingsOf, fittedCategories } from '../../datasets/forecasting/categories.ts';
import { fileChannels } from '../../datasets/features/window-frame.ts';
import { prepareForecast } from '../../datasets/forecasting/prepare.ts';
import { exportModel } from '../../engine/programs/export-model.ts';
import { forecastNetwork } from '../../engine/spec/forecast-network.ts';
import { quantileLevels, regressionLoss } from '../../engine/spec/regression.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import { tellForecasts } from '../../engine/training/tell-forecasts.ts';
import {
  forecastExamples,
  seriesExamples,
  trainableForecast,
} from '../../engine/training/trainable-forecast.ts';
import { keepingIn } from './keeping.ts';
import type { PreparedTask } from './prepared-task.ts';

export async function forecastTask(
  tablePath: string,
  specification: ForecastSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const prepared = await prepareForecast({
    tablePath,
    specification,
    keeping: keepingIn(workFolder),
    spillDirectory: workFolder,
    fitted: fitted as FittedForecast | undefined,
  });
  const { inputScaling, outputScaling, seriesKeys, frame } = prepared;
  const features = prepared.categories ?? [];
  const categories = fittedCategories(features);
  const { training, validation, test } = prepared.parts;
  const { data, output } = specification;
  const { targets, window } = data;
  const loss = regressionLoss(output);
  const levels = quantileLevels(output);
  const network = forecastNetwork(specification, training.inputSize, embeddingsOf(categories));
  const examples = forecastExamples(network, window.horizon);
  /** How many numbers one output of the network is about. */
  const told = network.architecture === 'encoder_decoder' ? targets.length : training.outputSize;
  const {
    stateful,
    tbptt_steps: tbpttSteps,
    scheduled_sampling: scheduledSampling,
    batch_size: batchSize,
  } = specification.training;
  const whole = { network, loss, horizon: window.horizon, scheduledSampling };
  /** As many windows as training carries states through, at most, have been read before a forecast is judged. */
  const lead = Math.ceil(training.count / Math.min(batchSize, training.count));
  return {
    trainable: trainableForecast({
      ...whole,
      parts: {
        training,
        validation: stateful ? prepared.throughSeries('validation', lead).source : validation,
      },
      carrying: { stateful, tbpttSteps },
    }),
    fitted: {
      inputScaling,
      outputScaling,
      ...(features.length > 0 && { categories: features }),
      ...(seriesKeys && { seriesKeys }),
    },
    release: prepared.release,
    conclude: async ({ parameters, lineage, predict }) => {
      const tell = (heads: Float32Array, calibration?: number[][]) =>
        tellForecasts(heads, {
          targetSize: told,
          outputsPerWindow: training.outputSize / told,
          meaning: { loss, levels, calibration },
        });
      const headsOf = (part: 'validation' | 'test'): Promise<Float32Array> => {
        if (!stateful) return predict(examples(prepared.parts[part]));
        const { source, places } = prepared.throughSeries(part, Infinity);
        return predict(seriesExamples(network, source), { places });
      };
      const calibration =
        output.calibration === 'conformal' && levels.length > 0
          ? prepared.calibrate((await tell(await headsOf('validation'))).quantiles)
          : undefined;
      const scored = async (heads: Float32Array) => {
        const { points, quantiles } = await tell(heads, calibration);
        return prepared.scoreTest(points, quantiles);
      };
      const heldOut = await scored(await headsOf('test'));
      const fromWindow = async () => {
        const { evaluation } = trainableForecast({ ...whole, parts: { training: test, validation: test } });
        return scored(await predict(examples(test), { evaluation }));
      };
      return {
        file: exportModel({
          network,
          parameters,
          horizon: window.horizon,
          inputScaling,
          outputScaling,
          ahead: frame.ahead,
          categories,
          forecast: { loss, levels, calibration },
          metadata: {
            ...lineage,
            'unroll.inputs': JSON.stringify(fileChannels(frame).map(({ name }) => name)),
            ...(features.length > 0 && { 'unroll.categories': JSON.stringify(features) }),
            ...(seriesKeys && { 'unroll.series': JSON.stringify(seriesKeys) }),
            ...(frame.ahead.length > 0 && {
              'unroll.future': JSON.stringify(frame.ahead.map((place) => frame.scaled[place]!.name)),
            }),
            'unroll.targets': JSON.stringify(targets.map(({ column }) => column)),
            'unroll.horizon': String(window.horizon),
            'unroll.window_length': String(window.length),
            ...(levels.length > 0 && { 'unroll.quantiles': JSON.stringify(levels) }),
          },
        }),
        ...(calibration && { exported: { calibration } }),
        card: {
          task: 'forecast',
          parts: {
            training_windows: training.count,
            validation_windows: validation.count,
            test_windows: test.count,
            series: prepared.series,
          },
          ...((seriesKeys ?? features.length > 0) && {
            features: {
              ...(seriesKeys && { series: [...seriesKeys] }),
              ...(features.length > 0 && { categories: [...features] }),
            },
          }),
          frequency: prepared.frequency,
          held_out: { ...heldOut, ...(stateful && { from_window: (await fromWindow()).model }) },
        },
      };
    },
  };
}
