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

interface Heads {
  /** Numbers that one head is about. */
  readonly targetSize: number;
  /** Heads of a window, whose numbers stand one after the other: the steps that are written one by one; 1 if absent. */
  readonly outputsPerWindow?: number;
  readonly meaning: HeadMeaning;
}

/** @param heads - [count,S,P]: of the last step of each window, or of the S steps that are written behind it */
export async function tellForecasts(
  heads: Float32Array,
  { targetSize, outputsPerWindow: S = 1, meaning }: Heads,
): Promise<ToldForecasts> {
  const P = headSizeOf(meaning, targetSize);
  const session = await openSession(compile(forecastProgram(meaning, targetSize)), { threads: 1 });
  try {
    const results = await session.run({ head: { data: heads, dims: [heads.length / P, P] } });
    const quantiles = results.quantiles?.data ?? new Float32Array(0);
    return {
      points: results.point!.data,
      quantiles: byLevel(quantiles, S, targetSize, meaning.levels.length),
    };
  } finally {
    await session.release();
  }
}

/** [count,S,Q,O] → [count,Q,S,O] */
function byLevel(values: Float32Array, S: number, O: number, Q: number): Float32Array {
  if (S === 1) return values;
  const ordered = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += O) {
    const at = from / O;
    const [level, step, window] = [at % Q, Math.floor(at / Q) % S, Math.floor(at / Q / S)];
    ordered.set(values.subarray(from, from + O), ((window * Q + level) * S + step) * O);
  }
  return ordered;
}
