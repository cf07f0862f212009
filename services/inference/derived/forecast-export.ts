/** What the file of a forecast was made of, from its card and weights. */
import { channelCount, windowFrame } from '../../../datasets/features/window-frame.ts';
import { embeddingsOf, fittedCategories } from '../../../datasets/forecasting/categories.ts';
import type { FittedForecast } from '../../../datasets/forecasting/contract.ts';
import type { ForecastCard } from '../../../domain/models/forecast-card.ts';
import type { ExportOptions } from '../../../engine/programs/export-options.ts';
import { forecastNetwork } from '../../../engine/spec/forecast-network.ts';
import { quantileLevels, regressionLoss } from '../../../engine/spec/regression.ts';
import { NotDerivable } from './not-derivable.ts';
import type { StoredWeights } from './read-weights.ts';

/** Throws NotDerivable. */
export function forecastExport(
  { parameters, fitted, exported }: StoredWeights,
  { specification }: ForecastCard,
): ExportOptions {
  const { data, output } = specification;
  const { inputScaling, outputScaling, categories: features = [] } = fitted as FittedForecast;
  const categories = fittedCategories(features);
  const levels = quantileLevels(output);
  const calibration = exported?.calibration;
  if (output.calibration === 'conformal' && levels.length > 0 && calibration === undefined)
    throw new NotDerivable('its calibration stands in its file alone');
  const frame = windowFrame({ inputs: data.inputs, targets: data.targets, missing: data.missing });
  return {
    network: forecastNetwork(
      specification,
      channelCount(frame, data.window.horizon, categories),
      embeddingsOf(categories),
    ),
    parameters,
    horizon: data.window.horizon,
    inputScaling,
    outputScaling,
    ahead: frame.ahead,
    categories,
    forecast: { loss: regressionLoss(output), levels, calibration },
    metadata: {},
  };
}
