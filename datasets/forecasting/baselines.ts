/** Forecasts that need no learning, to see what learning has brought. */
import { empiricalQuantile } from '../features/empirical-quantile.ts';
import type { Values } from '../features/scaler.ts';

/** Where a forecast is made: from the rows of its series before `origin`. */
export interface Place {
  readonly values: Values;
  /** First row of the series. */
  readonly start: number;
  /** Row that is forecast as step 0. */
  readonly origin: number;
  readonly step: number;
}

/** The value of the last season that is known: one or more whole seasons before. */
export function seasonalNaive({ values, start, origin, step }: Place, season: number): number {
  const lastSeason = origin + (step % season) - season;
  return values.at(lastSeason >= start ? lastSeason : origin - 1)!;
}

/** The last value. */
export const naive = ({ values, origin }: Place): number => values.at(origin - 1)!;

/** The last value, going on as far as the series has gone on a step in the mean since its start. */
export function drift({ values, start, origin, step }: Place): number {
  const last = values.at(origin - 1)!;
  const steps = origin - 1 - start;
  return steps === 0 ? last : last + ((step + 1) * (last - values.at(start)!)) / steps;
}

/** Fewer differences than this say nothing about their spread. */
const fewestResiduals = 10;

/**
 * Quantiles of what the seasonal-naive forecast was wrong by within training rows [from, to), for forecasts of each step: the empirical ones
 * of values so many whole seasons apart. Where training is too short for so many, of as many as there are; null where it is for one.
 */
export function seasonalNaiveResiduals(
  values: Values,
  [from, to]: readonly [from: number, to: number],
  season: number,
  levels: readonly number[],
): (step: number) => readonly number[] | null {
  const known = new Map<number, readonly number[] | null>();
  const ofSeasons = (seasons: number): readonly number[] | null => {
    if (seasons === 0) return null;
    const distance = seasons * season;
    if (to - from - distance < fewestResiduals) return at(seasons - 1);
    const residuals = Float64Array.from(
      { length: to - from - distance },
      (_, index) => values.at(from + index + distance)! - values.at(from + index)!,
    )
      .filter((residual) => !Number.isNaN(residual))
      .sort();
    if (residuals.length < fewestResiduals) return at(seasons - 1);
    return levels.map((level) => empiricalQuantile(residuals, level));
  };
  const at = (seasons: number): readonly number[] | null => {
    const found = known.get(seasons) ?? ofSeasons(seasons);
    known.set(seasons, found);
    return found;
  };
  return (step) => at(Math.floor(step / season) + 1);
}
