/** What comes out of an exported forecast: from the head of the network to the columns' own units. */
import type { Dimension } from '../graph/dimensions.ts';
import type { Graph } from '../graph/graph.ts';
import { add, concat, constant, input, multiply, reshape } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { forecastOf } from '../nn/forecasts/forecast-of.ts';
import { outputSize } from '../spec/decoder-shape.ts';
import { figureNames, isPerWindow } from './export-window-inputs.ts';
import type { ExportOptions, HeadMeaning } from './export-options.ts';
import { withoutLogarithms } from './logarithms.ts';

/**
 * Input `head`, [batch,P], [batch,time,P], or [batch,horizon,P] of a network that writes. Outputs: `y` [..,horizon,targets]; where the loss knows of a distribution `quantiles`
 * [..,horizon,targets,Q], none below the one before, and of the distribution `std` and `degrees_of_freedom`, like y (not of logarithms).
 */
export function forecastOutputs({
  network,
  horizon,
  outputScaling,
  forecast,
}: Pick<ExportOptions, 'network' | 'horizon' | 'outputScaling'> & { readonly forecast: HeadMeaning }): Graph {
  const { loss, ...options } = forecast;
  const leading: readonly Dimension[] =
    network.architecture === 'sequence_to_sequence' ? ['batch', 'time'] : ['batch'];
  const head = input('head', [
    ...leading,
    ...(network.architecture === 'encoder_decoder'
      ? [horizon, outputSize(network.decoder)]
      : [network.outputSize]),
  ]);
  const targets = outputScaling.mean.length;
  const shape = [...leading, horizon, targets];
  const ofWindow = isPerWindow(outputScaling);
  const figure = (name: 'mean' | 'std') =>
    ofWindow
      ? input(figureNames[name], [...leading.map((size, axis) => (axis === 0 ? size : 1)), 1, targets])
      : constant(Array.from(outputScaling[name]), [targets]);
  const [mean, std] = [figure('mean'), figure('std')];
  const stretched = (x: Tensor) => multiply(reshape(x, shape), std);
  const { log } = outputScaling;
  const unscaled = (x: Tensor) => withoutLogarithms(add(stretched(x), mean), log);
  const hasLog = log === true || (log?.some(Boolean) ?? false);

  const { point, quantiles, deviation, degreesOfFreedom } = forecastOf(loss, head, options);
  const outputs = [{ name: 'y', tensor: unscaled(point) }];
  if (quantiles.length > 0) {
    const each = quantiles.map((quantile) => reshape(unscaled(quantile), [...shape, 1]));
    outputs.push({ name: 'quantiles', tensor: concat(each, shape.length) });
  }
  // what is normal of logarithms is not normal of the numbers themselves
  if (deviation && !hasLog) outputs.push({ name: 'std', tensor: stretched(deviation) });
  if (degreesOfFreedom && !hasLog) {
    outputs.push({ name: 'degrees_of_freedom', tensor: reshape(degreesOfFreedom, shape) });
  }
  return { inputs: ofWindow ? [head, mean, std] : [head], outputs };
}
