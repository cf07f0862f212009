/** From the heads of a network to forecasts and their quantiles. */
import type { Graph } from '../graph/graph.ts';
import { concat, input } from '../graph/ops.ts';
import { forecastOf } from '../nn/forecasts/forecast-of.ts';
import { lossOf } from '../nn/losses/table.ts';
import type { HeadMeaning } from './export-options.ts';

/** P: how many outputs a head has for targets of O numbers. One output is of 1, 1/2, 1/3 … of a target. */
export const headSizeOf = ({ loss }: HeadMeaning, targetSize: number): number =>
  Math.round(targetSize / lossOf(loss).targetSize(1));

/** Input: `head` [N,P]. Outputs: `point` [N,O] and, of losses that know of a distribution, `quantiles` [N,Q·O]; of the scaled targets. */
export function forecastProgram(meaning: HeadMeaning, targetSize: number): Graph {
  const { loss, ...options } = meaning;
  const head = input('head', ['N', headSizeOf(meaning, targetSize)]);
  const { point, quantiles } = forecastOf(loss, head, options);
  return {
    inputs: [head],
    outputs: [
      { name: 'point', tensor: point },
      ...(quantiles.length > 0 ? [{ name: 'quantiles', tensor: concat(quantiles, 1) }] : []),
    ],
  };
}
