/** What the heads of a network say of many windows: forecasts and their quantiles. */
import { concat, input } from '../graph/ops.ts';
import { forecastOf } from '../nn/forecasts/forecast-of.ts';
import { lossOf } from '../nn/losses/table.ts';
import { compile } from '../programs/compile.ts';
import type { HeadMeaning } from '../programs/export-options.ts';
import { openSession } from '../runtime/session.ts';

/** In units of the scaled targets. */
export interface ToldForecasts {
  /** [count,O] */
  readonly points: Float32Array;
  /** [count,Q,O]; empty where nothing is known of them. */
  readonly quantiles: Float32Array;
}

/** @param heads - [count,P], of the last step of each window */
export async function tellForecasts(
  heads: Float32Array,
  targetSize: number,
  meaning: HeadMeaning,
): Promise<ToldForecasts> {
  const { loss, ...options } = meaning;
  // a head of one output is of 1, 1/2, 1/3 … of a target
  const outputs = Math.round(targetSize / lossOf(loss).targetSize(1));
  const head = input('head', ['N', outputs]);
  const { point, quantiles } = forecastOf(loss, head, options);
  const graph = {
    inputs: [head],
    outputs: [
      { name: 'point', tensor: point },
      ...(quantiles.length > 0 ? [{ name: 'quantiles', tensor: concat(quantiles, 1) }] : []),
    ],
  };
  const session = await openSession(compile(graph), { threads: 1 });
  try {
    const results = await session.run({ head: { data: heads, dims: [heads.length / outputs, outputs] } });
    return { points: results.point!.data, quantiles: results.quantiles?.data ?? new Float32Array(0) };
  } finally {
    await session.release();
  }
}
