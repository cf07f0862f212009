/** What the heads of a network say of many windows: forecasts and their quantiles. */
import { compile } from '../programs/compile.ts';
import type { HeadMeaning } from '../programs/export-options.ts';
import { forecastProgram, headSizeOf } from '../programs/forecast-program.ts';
import { openSession } from '../runtime/session.ts';

/** In units of the scaled targets. */
interface ToldForecasts {
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
  const P = headSizeOf(meaning, targetSize);
  const session = await openSession(compile(forecastProgram(meaning, targetSize)), { threads: 1 });
  try {
    const results = await session.run({ head: { data: heads, dims: [heads.length / P, P] } });
    return { points: results.point!.data, quantiles: results.quantiles?.data ?? new Float32Array(0) };
  } finally {
    await session.release();
  }
}
