/** The bytes of a derived file, from the weights as training has written them. Runs on session threads. */
import { channelCount, windowFrame } from '../../../datasets/features/window-frame.ts';
import { embeddingsOf, fittedCategories } from '../../../datasets/forecasting/categories.ts';
import type { FittedForecast } from '../../../datasets/forecasting/contract.ts';
import { exportSteps } from '../../../engine/programs/export-steps.ts';
import { forecastNetwork } from '../../../engine/spec/forecast-network.ts';
import { quantileLevels, regressionLoss } from '../../../engine/spec/regression.ts';
import type { ForecastSpecification } from '../../../engine/spec/tasks.ts';
import type { Derivation } from './derivation.ts';
import { NotDerivable } from './not-derivable.ts';
import { readWeights, type StoredWeights } from './read-weights.ts';

/** @param path - of the version's weights. Throws NotDerivable, and CheckpointError for damaged ones. */
export async function deriveFile(path: string, derivation: Derivation): Promise<Uint8Array> {
  return deriving[derivation.kind](await readWeights(path), derivation.specification);
}

const deriving: Record<
  Derivation['kind'],
  (weights: StoredWeights, specification: ForecastSpecification) => Uint8Array
> = { steps };

function steps(
  { parameters, fitted, exported }: StoredWeights,
  specification: ForecastSpecification,
): Uint8Array {
  const { data, output } = specification;
  const { inputScaling, outputScaling, categories: features = [] } = fitted as FittedForecast;
  const categories = fittedCategories(features);
  const levels = quantileLevels(output);
  const calibration = exported?.calibration;
  if (output.calibration === 'conformal' && levels.length > 0 && calibration === undefined)
    throw new NotDerivable('its calibration stands in its file alone');
  const frame = windowFrame({ inputs: data.inputs, targets: data.targets, missing: data.missing });
  const network = forecastNetwork(
    specification,
    channelCount(frame, data.window.horizon, categories),
    embeddingsOf(categories),
  );
  if (network.architecture === 'encoder_decoder')
    throw new Error('internal: expected a network that answers at every step, got one that writes');
  return exportSteps({
    network,
    parameters,
    horizon: data.window.horizon,
    inputScaling,
    outputScaling,
    ahead: frame.ahead,
    categories,
    forecast: { loss: regressionLoss(output), levels, calibration },
    metadata: {},
  });
}
