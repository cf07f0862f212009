/** Forecasts: windows of series in, their future out. */
import type { PreparedForecast } from '../../datasets/forecasting/contract.ts';
import { prepareForecast } from '../../datasets/forecasting/prepare.ts';
import { exportModel } from '../../engine/programs/export-model.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import { headSize, quantileLevels, regressionLoss } from '../../engine/spec/regression.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import { tellForecasts } from '../../engine/training/tell-forecasts.ts';
import { trainableWindows } from '../../engine/training/trainable.ts';
import { windowExamples } from '../../engine/training/window-examples.ts';
import type { PreparedTask } from './prepared-task.ts';

export async function forecastTask(
  tablePath: string,
  specification: ForecastSpecification,
  fitted: unknown,
): Promise<PreparedTask> {
  const scaling = fitted as Pick<PreparedForecast, 'inputScaling' | 'outputScaling'> | undefined;
  const prepared = await prepareForecast({ tablePath, specification, ...(scaling && { scaling }) });
  const { training, validation, test } = prepared.parts;
  const { architecture, data, model, output } = specification;
  const { inputs, targets, window } = data;
  const loss = regressionLoss(output);
  const levels = quantileLevels(output);
  const network = networkShape(architecture, model, {
    inputSize: training.inputSize,
    outputSize: headSize(output, training.outputSize),
  });
  return {
    trainable: trainableWindows({ network, loss, parts: { training, validation } }),
    fitted: { inputScaling: prepared.inputScaling, outputScaling: prepared.outputScaling },
    conclude: async ({ parameters, lineage, predict }) => {
      const tell = (heads: Float32Array, calibration?: number[][]) =>
        tellForecasts(heads, training.outputSize, { loss, levels, calibration });
      const calibration =
        output.calibration === 'conformal' && levels.length > 0
          ? prepared.calibrate((await tell(await predict(windowExamples(validation)))).quantiles)
          : undefined;
      const told = await tell(await predict(windowExamples(test)), calibration);
      return {
        file: exportModel({
          network,
          parameters,
          horizon: window.horizon,
          inputScaling: prepared.inputScaling,
          outputScaling: prepared.outputScaling,
          forecast: { loss, levels, calibration },
          metadata: {
            ...lineage,
            'unroll.inputs': JSON.stringify(inputs.map(({ column }) => column)),
            'unroll.targets': JSON.stringify(targets.map(({ column }) => column)),
            'unroll.horizon': String(window.horizon),
            'unroll.window_length': String(window.length),
            ...(levels.length > 0 && { 'unroll.quantiles': JSON.stringify(levels) }),
          },
        }),
        card: {
          task: 'forecast',
          parts: {
            training_windows: training.count,
            validation_windows: validation.count,
            test_windows: test.count,
            series: prepared.series,
          },
          frequency: prepared.frequency,
          held_out: prepared.scoreTest(told.points, told.quantiles),
        },
      };
    },
  };
}
