/** What comes out of an exported forecast: from the head of the network to the columns' own units. */
import type { Dimension } from '../graph/dimensions.ts';
import type { Graph } from '../graph/graph.ts';
import { add, concat, constant, input, multiply, reshape } from '../graph/ops.ts';
import type { Tensor } from '../graph/tensor.ts';
import { forecastOf } from '../nn/forecasts/forecast-of.ts';
import type { ExportOptions, HeadMeaning } from './export-options.ts';

/**
 * Input `head`, [batch,P] or [batch,time,P]. Outputs: `y` [..,horizon,targets]; where the loss knows of a distribution `quantiles`
 * [..,horizon,targets,Q], none below the one before, and of the distribution `std` and `degrees_of_freedom`, like y.
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
  const head = input('head', [...leading, network.outputSize]);
  const column = (values: ArrayLike<number>) => constant(Array.from(values), [values.length]);
  const shape = [...leading, horizon, outputScaling.mean.length];
  const stretched = (x: Tensor) => multiply(reshape(x, shape), column(outputScaling.std));
  const unscaled = (x: Tensor) => add(stretched(x), column(outputScaling.mean));

  const { point, quantiles, deviation, degreesOfFreedom } = forecastOf(loss, head, options);
  const outputs = [{ name: 'y', tensor: unscaled(point) }];
  if (quantiles.length > 0) {
    const each = quantiles.map((quantile) => reshape(unscaled(quantile), [...shape, 1]));
    outputs.push({ name: 'quantiles', tensor: concat(each, shape.length) });
  }
  if (deviation) outputs.push({ name: 'std', tensor: stretched(deviation) });
  if (degreesOfFreedom) {
    outputs.push({ name: 'degrees_of_freedom', tensor: reshape(degreesOfFreedom, shape) });
  }
  return { inputs: [head], outputs };
}
